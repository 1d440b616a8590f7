"""What the address of a page is made of, and what a rule of addresses makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class AddressParts:
    """What patterns are filled with.

    Attributes:
        path: Folders of the file below the posts folder; of a bundle, without its own folder.
        slug: Last part of the address.
        when: Published instant in the site's zone, or None.
        categories: As written.
    """

    path: str
    slug: str
    when: datetime | None
    categories: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What a generator makes an address of.

    Attributes:
        path: Of the file, below the generator's content folder.
        keys: Front matter, keys in lower case.
        title: Of the post.
        when: Published instant in the site's zone, or None.
        language: Of the site: its pages have no language in their address.
    """

    path: str
    keys: Mapping[str, object]
    title: str = ""
    when: datetime | None = None
    language: str = "en"

    @property
    def folders(self) -> list[str]:
        """Folders of the file."""
        return self.path.split("/")[:-1]

    @property
    def name(self) -> str:
        """Name of the file without its ending."""
        name = self.path.rpartition("/")[2]
        return name.rpartition(".")[0] or name

    def text(self, key: str) -> str:
        """Return a key's text, or a number as text; empty when it holds neither."""
        value = self.keys.get(key)
        return (
            str(value)
            if isinstance(value, str | int | float) and not isinstance(value, bool)
            else ""
        )


class Made(NamedTuple):
    """The address of a page.

    Attributes:
        path: Below the site's address, not percent-encoded.
        key: Of the front matter that says it; empty when its folders, name or slug do.
        doubt: Why only the generator can tell it, and the path is a guess; empty when it is none.
    """

    path: str
    key: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class PageRule:
    """How one generator makes addresses.

    Attributes:
        key: Of the front matter, that says the whole address.
        make: Gives the address of a page.
    """

    key: str
    make: Callable[[Page], Made]
