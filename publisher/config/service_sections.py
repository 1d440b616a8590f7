"""The sections about the running program: pages, limits, schedule, state, log, hooks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field

from publisher.config.sections import Section
from publisher.config.types import Command, Duration, Network, Origin, WebAddress


class WebConfig(Section):
    """The side of the program that readers meet in a browser."""

    url: WebAddress | None = Field(
        None,
        description=(
            "Where readers reach subscribe and unsubscribe pages; when set, run serves them."
        ),
    )
    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on.")
    origins: tuple[Origin, ...] = Field(
        (),
        description=(
            "Other sites whose scripts may call the API and whose pages next= may return to."
        ),
    )
    trusted_proxies: tuple[Network, ...] = Field(
        (), description="Networks whose X-Forwarded-For is believed."
    )
    metrics: tuple[Network, ...] = Field(
        ("127.0.0.0/8", "::1/128"), description="Networks that may read /metrics."
    )


class LimitsConfig(Section):
    """How often strangers may ask."""

    per_network: int = Field(
        20, ge=1, description="Requests to subscribe an hour from one network (/24 or /64)."
    )
    unsigned: int = Field(
        5, ge=1, description="The same, from forms on other sites and from scripts."
    )
    total: int = Field(2000, ge=1, description="Requests to subscribe an hour from everywhere.")
    form_age: Duration = Field(
        timedelta(seconds=2),
        description="A form sent sooner than this was not filled in by a person.",
    )
    confirm_mails: int = Field(
        3, ge=1, description="Confirm mails to one address until somebody clicks in one."
    )


class ScheduleConfig(Section):
    """When the daemon looks."""

    scan: Duration = Field(
        timedelta(seconds=60),
        ge=timedelta(seconds=1),
        description="How often the folder is looked at anyway.",
    )
    watch: Literal["auto", "poll", "off"] = Field(
        "auto",
        description=(
            '"auto" asks the system, "poll" looks (network and container mounts), "off" only scans.'
        ),
    )


class StateConfig(Section):
    """Where the program remembers."""

    folder: Path = Field(
        Path("state"), description="Folder of database, keys and lock; init sets .publisher/state."
    )
    url: str = Field(
        "",
        description=(
            "SQLAlchemy address of a PostgreSQL database; empty for SQLite in the folder. "
            "One with a password belongs in PUBLISHER_STATE__URL."
        ),
    )


class LogConfig(Section):
    """What the daemon says of itself."""

    format: Literal["auto", "console", "json"] = Field(
        "auto", description='"auto": console on a terminal, else JSON.'
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is written."
    )


class HooksConfig(Section):
    """Commands run after something happened: a list of words, no shell, JSON on standard input.

    They get the environment without the program's secrets: no `PUBLISHER_*` password, no address
    with a password in it, no `PGPASSWORD`.
    """

    feeds_changed: Command = Field((), description="After feed files changed.")
    issue_held: Command = Field((), description="After a round held issues.")
    issue_queued: Command = Field((), description="After a round queued issues.")
    issue_sent: Command = Field((), description="After the last message of an issue.")
