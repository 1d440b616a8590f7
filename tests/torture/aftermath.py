"""What a build that failed left behind: feeds old or new, each to the byte.

The next build goes on, and news is announced once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import feedparser

if TYPE_CHECKING:
    from tests.torture.forks import Forks
    from tests.torture.subscribed_site import SubscribedSite


def shown(subscribed_site: SubscribedSite) -> dict[str, bytes]:
    """Return every file that readers of a site may ask for."""
    public = subscribed_site.folder / "public"
    files = (path for path in public.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(public)): path.read_bytes() for path in files}


def ids(subscribed_site: SubscribedSite) -> dict[str, str]:
    """Return the id of each post in the feed, by its title."""
    return {
        entry.title: entry.id
        for entry in feedparser.parse(
            (subscribed_site.folder / "public" / "feed.xml").read_bytes()
        ).entries
    }


class Aftermath:
    """What became of a site that was published once, and where something was written since.

    What a failed build wrote it wrote after its transaction, so the next one writes the same to the
    byte.
    """

    def __init__(self, subscribed_site: SubscribedSite, forks: Forks) -> None:
        subscribed_site.publish()
        self._site, self._forks = subscribed_site, forks
        self._before, self._ids = shown(subscribed_site), ids(subscribed_site)

    def check(self, where: object) -> None:
        """Look at what is there, build again, and compare.

        Args:
            where: What went wrong, for whoever reads of it.
        """
        subscribed_site, left = self._site, shown(self._site)
        assert self._before.keys() <= left.keys(), where
        self._build()
        now = shown(subscribed_site)
        torn = [
            name for name, data in left.items() if data not in {self._before.get(name), now[name]}
        ]
        assert not torn, (where, torn)
        assert ids(subscribed_site) | self._ids == ids(subscribed_site), "an id changed"
        assert not list((subscribed_site.folder / "public").rglob("*.tmp")), (
            "what the failed build began is swept up"
        )
        self._build()
        assert shown(subscribed_site) == now, "nothing changed, nothing is written"

    def _build(self) -> None:
        """Build some seconds later: what was dated by the failed build keeps its date."""
        assert self._forks.begin(self._site, ahead=5, builds=True).wait() == 0, self._forks.said()

    def is_untouched(self) -> bool:
        """Return whether readers see what they saw before, to the byte."""
        return shown(self._site) == self._before


class AfterNews(Aftermath):
    """A site with one post ``First``, published.

    ``News`` is written, ``First`` has other words, and neither was looked at yet.
    """

    def __init__(
        self,
        subscribed_site: SubscribedSite,
        forks: Forks,
        words: str = "What the harbour master told us on Tuesday.",
    ) -> None:
        subscribed_site.write("First")
        super().__init__(subscribed_site, forks)
        subscribed_site.write("News", front="tags: [tea]\n", words=words)
        subscribed_site.write("First", words="Other words.")

    def check(self, where: object, *, held: bool = False) -> None:
        """Besides: the news is queued for everybody, once.

        Args:
            where: What went wrong, for whoever reads of it.
            held: The news is to be held for a person.
        """
        super().check(where)
        subscribed_site = self._site
        assert subscribed_site.issue_states("News") == ["held" if held else "queued"], where
        assert len(subscribed_site.issue_states()) == 2, where
        assert subscribed_site.states("News") == (
            {} if held else {"queued": len(subscribed_site.readers)}
        ), where
        assert ids(subscribed_site).keys() == {"News", "First"}


class AfterEdit(Aftermath):
    """A site with two posts, ``Early`` and ``First``.

    ``Early`` has other words, and nobody looked at it yet.
    """

    def __init__(self, subscribed_site: SubscribedSite, forks: Forks) -> None:
        subscribed_site.write("Early")
        subscribed_site.write("First")
        super().__init__(subscribed_site, forks)
        subscribed_site.write("Early", words="Other words.")

    def check(self, where: object) -> None:
        """Besides: the edit is in the feed, and no news."""
        super().check(where)
        assert b"Other words." in shown(self._site)["feed.xml"]
        assert self._site.issue_states() == ["held"], where
