"""One slow domain never holds every connection."""

from __future__ import annotations

from publisher.delivery.domain_limits import DomainLimits
from publisher.delivery.models import Candidate, MessageKind


def _to(key: int, domain: str) -> Candidate:
    return Candidate(key, MessageKind.ISSUE, 1, f"reader{key}@{domain}")


def test_a_domain_nobody_knows_gets_half_of_the_connections() -> None:
    """The others stay free until it showed how fast it is."""
    domains = DomainLimits(8)
    for _ in range(4):
        assert domains.may_go("new.example")
        domains.begin("new.example")
    assert not domains.may_go("new.example")
    assert domains.may_go("other.example")


def test_a_fast_domain_may_have_all_of_them_and_a_slow_one_a_quarter() -> None:
    """A list may have most of its readers at one large provider."""
    domains = DomainLimits(8)
    for name, seconds in (("fast.example", 0.05), ("slow.example", 30.0)):
        domains.begin(name)
        domains.end(name, seconds)
    assert domains.may_go("fast.example", 7)
    assert domains.may_go("slow.example", 1)
    assert not domains.may_go("slow.example", 2)


def test_one_connection_is_enough_for_any_domain() -> None:
    """A share is at least one message."""
    assert DomainLimits(1).may_go("new.example")


def test_what_is_put_aside_comes_back_when_its_domain_is_free() -> None:
    """Nothing is forgotten, nothing given twice."""
    domains = DomainLimits(2)
    domains.begin("slow.example")
    domains.put_aside(_to(1, "slow.example"))
    domains.put_aside(_to(1, "slow.example"))
    domains.put_aside(_to(2, "slow.example"))
    assert domains.count_aside == 2
    assert list(domains.from_aside({})) == []
    domains.end("slow.example", 0.1)
    assert [candidate.key for candidate in domains.from_aside({})] == [1, 2]
    assert domains.count_aside == 0
    assert not domains.holds(_to(1, "slow.example"))
