"""What handlers of requests work with."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import Request, Response

from publisher import __version__
from publisher.config.places import private_places
from publisher.newsletter.templates import render_or_shipped
from publisher.subscribers.rate_limit import Rate, TokenBuckets, network_of
from publisher.web.feed_files import PublicFiles
from publisher.web.form_stamp import FormStamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jinja2 import Environment

    from publisher.config import Config
    from publisher.database.database import Database
    from publisher.membership.service import MembershipService
    from publisher.system.health import Health


@dataclass
class Web:
    """What handlers work with.

    Attributes:
        config: The configuration.
        state: The database.
        membership: Subscribe, confirm, choose, leave.
        environment: Jinja2, made once.
        now: The clock.
        monotonic: A clock that never goes back.
        wake: Tells whoever delivers that there is something to do.
        health: Of this process.
    """

    config: Config
    state: Database
    membership: MembershipService
    environment: Environment
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    wake: Callable[[], None]
    health: Health
    stamp: FormStamp = field(init=False)
    signed: TokenBuckets = field(init=False)
    unsigned: TokenBuckets = field(init=False)
    public: PublicFiles = field(init=False)

    def __post_init__(self) -> None:
        limits = self.config.limits
        self.stamp = FormStamp(self.membership.keyring, limits.form_age)
        total = Rate(limits.total)
        self.signed = TokenBuckets(Rate(limits.per_network), total)
        self.unsigned = TokenBuckets(Rate(limits.unsigned), total)
        private = tuple(os.path.realpath(place) for place in private_places(self.config).values())
        self.public = PublicFiles(self.config.public_folder, self.config.feeds_url, private)

    def page(self, name: str, code: int = 200, **values: object) -> Response:
        """Render a page of ``templates/web``."""
        letters = self.membership.letters.branding()
        shared = {
            "config": self.config, "title": letters.title, "language": self.config.site.language,
            "base": self.base,
            "style": self.style_path, "feeds": self.public.feeds(self.config),
        }  # fmt: skip
        html = render_or_shipped(self.environment, f"web/{name}.html", {**shared, **values})
        return Response(html, code, media_type="text/html", headers={"Cache-Control": "no-store"})

    @property
    def style_path(self) -> str:
        """Address of the pages' style sheet."""
        return f"{self.base}/web/style.css?{__version__}"

    @property
    def base(self) -> str:
        """Path of ``web.url``, which the proxy in front takes away."""
        return urlsplit(self.config.web_url).path

    def may_ask(self, request: Request, *, signed: bool) -> bool:
        """Take one from the caller's bucket."""
        buckets = self.signed if signed else self.unsigned
        return buckets.take(network_of(caller(request)), self.monotonic())


def web_of(request: Request) -> Web:
    """Return what the handler of a request works with."""
    web: Web = request.app.state.web
    return web


def caller(request: Request) -> str:
    """Return the caller's network address, as the trusted proxies tell it."""
    return request.client.host if request.client else ""
