"""What a build that failed left behind: feeds old or new, each to the byte; the next build goes on, and news is announced once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import feedparser

if TYPE_CHECKING:
    from tests.torture.forks import Forks
    from tests.torture.stage import Stage


def shown(stage: Stage) -> dict[str, bytes]:
    """Give every file that readers of a site may ask for."""
    public = stage.folder / "public"
    files = (path for path in public.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(public)): path.read_bytes() for path in files}


def ids(stage: Stage) -> dict[str, str]:
    """Give the id of each post in the feed, by its title."""
    return {entry.title: entry.id for entry in feedparser.parse((stage.folder / "public" / "feed.xml").read_bytes()).entries}


class Aftermath:
    """A site with one post ``First``, published; ``News`` is written, ``First`` has other words, and neither was looked at yet."""

    def __init__(self, stage: Stage, forks: Forks, words: str = "These are the words.") -> None:
        self._stage, self._forks = stage, forks
        stage.write("First")
        stage.publish()
        self._before, self._ids = shown(stage), ids(stage)
        stage.write("News", front="tags: [tea]\n", words=words)
        stage.write("First", words="Other words.")

    def check(self, where: object, *, held: bool = False) -> None:
        """Look at what is there, build again, and compare.

        What the failed build wrote it wrote after its transaction, so the next one writes the same to the byte.

        Args:
            where: What went wrong, for whoever reads of it.
            held: The news is to be held for a person.
        """
        stage, left = self._stage, shown(self._stage)
        assert self._before.keys() <= left.keys(), where
        assert self._forks.begin(stage, builds=True).wait() == 0, self._forks.said()
        now = shown(stage)
        torn = [name for name, data in left.items() if data not in {self._before.get(name), now[name]}]
        assert not torn, (where, torn)
        assert stage.issue_states("News") == ["held" if held else "queued"], where
        assert len(stage.issue_states()) == 2, where
        assert stage.states("News") == ({} if held else {"queued": len(stage.readers)}), where
        assert ids(stage) | self._ids == ids(stage), "an id changed"
        assert ids(stage).keys() == {"News", "First"}
        assert not list((stage.folder / "public").rglob("*.tmp")), "what the failed build began is swept up"
        assert self._forks.begin(stage, builds=True).wait() == 0, self._forks.said()
        assert shown(stage) == now, "nothing changed, nothing is written"

    def is_untouched(self) -> bool:
        """Say whether readers see what they saw before, to the byte."""
        return shown(self._stage) == self._before
