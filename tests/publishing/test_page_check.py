"""How a round asks for pages: each once, all within a bounded time, everybody's turn comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from publisher.publishing.page_check import BUDGET, ask_pages

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@dataclass
class Site:
    """A site some of whose pages hang for as long as anybody listens.

    Its clock moves only while it is asked.
    """

    hanging: frozenset[str] = frozenset()
    patience: float = 10.0
    clock: float = 100.0
    asked: list[str] = field(default_factory=list)

    def monotonic(self) -> float:
        """Seconds."""
        return self.clock

    def ask(self, address: str, seconds: float) -> str:
        """Answer at once, or use up the time."""
        self.asked.append(address)
        if address not in self.hanging:
            return ""
        self.clock += min(seconds, self.patience)
        return "hangs"


def test_no_page_no_question() -> None:
    """Most rounds wait for none."""
    site = Site()
    assert ask_pages((), site.ask, site.monotonic, NOW) == {}


def test_a_page_is_asked_once_a_round() -> None:
    """Two posts may have one page."""
    site = Site()
    assert ask_pages(("a", "b", "a"), site.ask, site.monotonic, NOW) == {"a": "", "b": ""}
    assert sorted(site.asked) == ["a", "b"]


def test_pages_that_hang_do_not_keep_a_round() -> None:
    """However many there are, the time is for all of them together.

    Those left over are not said to be missing.
    """
    pages = tuple(map(str, range(50)))
    site = Site(frozenset(pages))
    said = ask_pages(pages, site.ask, site.monotonic, NOW)
    assert site.clock - 100 <= BUDGET
    assert len(said) == len(site.asked) == 2


def test_every_page_gets_its_turn() -> None:
    """A few pages that always hang cannot keep the others from ever being asked."""
    pages = ("a", "b", "c", "d")
    found: set[str] = set()
    for minute in range(len(pages)):
        site = Site(frozenset({"a", "b"}))
        said = ask_pages(pages, site.ask, site.monotonic, NOW + timedelta(minutes=minute))
        found |= {page for page, why in said.items() if not why}
    assert found == {"c", "d"}
