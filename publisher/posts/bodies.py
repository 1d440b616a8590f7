"""Bodies for the decisions that compare two posts by more than their facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.posts.store import PostStore

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from publisher.database.database import Database
    from publisher.posts.scan import ScannedFile


@dataclass(frozen=True, slots=True)
class StoredBodies:
    """Bodies as they were read, or as they are kept; most rounds ask for none.

    Attributes:
        unpack: Gives the body of what a scan packed.
        load: Gives the bodies of rows, by number.
    """

    unpack: Callable[[bytes], str]
    load: Callable[[Collection[int]], Mapping[int, str]]

    @classmethod
    def of(cls, state: Database, unpack: Callable[[bytes], str]) -> StoredBodies:
        """Read them where there is no transaction yet."""

        def load(keys: Collection[int]) -> Mapping[int, str]:
            with state.reading_core() as transaction:
                return PostStore(transaction).load_bodies(keys)

        return cls(unpack, load)

    def seen(self, file: ScannedFile) -> str:
        """Return the body of a post that was read in this round."""
        return self.unpack(file.source()[1]) if file.source is not None else ""

    def kept(self, keys: Collection[int]) -> Mapping[int, str]:
        """Return the bodies of rows as the catalogue keeps them, where it does."""
        return self.load(keys) if keys else {}
