"""Token buckets: how often one network, and everybody together, may ask."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass, field

_MOST = 50_000
"""Networks remembered; the one unseen for longest is forgotten first."""

_ALL = "all"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, refilled evenly over an hour."""

    per_hour: int


@dataclass
class TokenBuckets:
    """One bucket for each network and one for all of them.

    Attributes:
        each: For one network.
        total: For all together.
    """

    each: Rate
    total: Rate
    _levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, network: str, monotonic: float) -> bool:
        """Take one from the network's bucket and one from everybody's.

        Return False, and take nothing, when either is empty.
        """
        mine = self._level(network, self.each, monotonic)
        everybody = self._level(_ALL, self.total, monotonic)
        if mine < 1 or everybody < 1:
            return False
        self._levels[network] = (mine - 1, monotonic)
        self._levels[_ALL] = (everybody - 1, monotonic)
        self._levels.move_to_end(network)
        while len(self._levels) > _MOST:
            oldest = next(name for name in self._levels if name != _ALL)
            del self._levels[oldest]
        return True

    def _level(self, name: str, rate: Rate, monotonic: float) -> float:
        level, since = self._levels.get(name, (float(rate.per_hour), monotonic))
        return min(float(rate.per_hour), level + (monotonic - since) * rate.per_hour / 3600)


def network_of(host: str) -> str:
    """Return the network an address counts for: its /24 (IPv4) or /64 (IPv6)."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        # The same caller by way of a dual-stack socket: one bucket, not two.
        address = address.ipv4_mapped
    # A home has a whole /64 of IPv6, and could ask with each of its addresses.
    size = 24 if isinstance(address, ipaddress.IPv4Address) else 64
    return str(ipaddress.ip_network(f"{address}/{size}", strict=False))
