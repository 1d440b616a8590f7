"""Buckets of requests: how many at once, how many an hour, and who shares one."""

from __future__ import annotations

import pytest

from publisher.subscribers.rate_limit import Rate, TokenBuckets, network_of


def test_a_bucket_empties_and_fills_again() -> None:
    """So many at once, then evenly over the hour; everybody together has one too."""
    buckets = TokenBuckets(Rate(6), Rate(10))
    assert [buckets.take("a", 0.0) for _ in range(8)] == [True] * 6 + [False] * 2
    assert [buckets.take("b", 0.0) for _ in range(6)] == [True] * 4 + [False] * 2, (
        "the one for all is empty"
    )
    assert [buckets.take("a", 600.0) for _ in range(2)] == [True, False]
    assert [buckets.take("a", 7200.0) for _ in range(7)] == [True] * 6 + [False]


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_neighbours_share_a_bucket(host: str, network: str) -> None:
    """A /24 or a /64 is one household or one provider's customer."""
    assert network_of(host) == network
