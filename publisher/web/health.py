"""For whoever watches the program: is it well, can it work, how much is there."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse

from publisher.database.site_state import SiteStateStore
from publisher.delivery.store import DeliveryStore
from publisher.errors import PublisherError
from publisher.newsletter.store import IssueStore
from publisher.subscribers.store import SubscriberStore
from publisher.web.context import caller, web_of
from publisher.web.routes import readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

    from publisher.web.context import Web

router = APIRouter()


@readable(router, "/healthz")
def healthz(request: Request) -> Response:
    """Answer 200 while everything works, else 503 with what does not.

    What was raised is in the log, and told by ``publisher status``.
    """
    faults = web_of(request).health.faults()
    if faults:
        parts = "".join(
            f"unwell: {fault.part} since {fault.since.isoformat(timespec='seconds')}\n"
            for fault in faults
        )
        return PlainTextResponse(parts, 503)
    return PlainTextResponse("ok\n")


@readable(router, "/readyz")
def readyz(request: Request) -> Response:
    """Answer 200 when the database can be read and everything works."""
    web = web_of(request)
    try:
        with web.state.reading() as transaction:
            SiteStateStore(transaction).memory()
    except PublisherError as error:
        return PlainTextResponse(f"not ready: {error.message}\n", 503)
    except Exception:  # noqa: BLE001 - whatever a database says that cannot be read
        return PlainTextResponse("not ready: the database cannot be read\n", 503)
    faults = web.health.faults()
    return (
        PlainTextResponse(f"not ready: {faults[0].part} fails\n", 503)
        if faults
        else PlainTextResponse("ready\n")
    )


@readable(router, "/metrics")
def metrics(request: Request) -> Response:
    """Return figures in Prometheus' format, to configured networks only."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

    web = web_of(request)
    if not _may_read(caller(request), web.config.web.metrics):
        raise HTTPException(404, "There is no such page.")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(web))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _may_read(host: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in networks)


class _Figures:
    """Reads the database when somebody asks."""

    def __init__(self, web: Web) -> None:
        self.web = web

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        with self.web.state.reading() as transaction:
            people = SubscriberStore(transaction).count_subscribers()
            letters = DeliveryStore(transaction).count_deliveries()
            issues = IssueStore(transaction).issues(None)
        subscribers = GaugeMetricFamily(
            "publisher_subscribers", "Subscribers by state.", labels=["state"]
        )
        for state, count in people.items():
            subscribers.add_metric([str(state)], count)
        deliveries = GaugeMetricFamily(
            "publisher_deliveries", "Messages by kind and state.", labels=["kind", "state"]
        )
        for (kind, condition), count in letters.items():
            deliveries.add_metric([str(kind), str(condition)], count)
        by_state: dict[str, int] = {}
        for issue in issues:
            by_state[str(issue.state)] = by_state.get(str(issue.state), 0) + 1
        editions = GaugeMetricFamily("publisher_issues", "Issues by state.", labels=["state"])
        for name, count in by_state.items():
            editions.add_metric([name], count)
        yield from (subscribers, deliveries, editions)
