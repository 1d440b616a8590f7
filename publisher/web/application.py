"""Put the web application together: routes, guards, errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from publisher import __version__
from publisher.subscribers.limits import Buckets, Rate, network_of
from publisher.web import api, files, health, pages
from publisher.web.guard import BodyLimit, SecurityHeaders
from publisher.web.signing import Stamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jinja2 import Environment

    from publisher.config import Config
    from publisher.pipeline.membership import Membership
    from publisher.storage import State


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
    """

    config: Config
    state: State
    membership: Membership
    environment: Environment
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    wake: Callable[[], None]
    stamp: Stamp = field(init=False)
    signed: Buckets = field(init=False)
    unsigned: Buckets = field(init=False)
    public: files.PublicFiles = field(init=False)

    def __post_init__(self) -> None:
        limits = self.config.limits
        self.stamp = Stamp(self.membership.keyring, limits.form_age)
        total = Rate(limits.total)
        self.signed = Buckets(Rate(limits.per_network), total)
        self.unsigned = Buckets(Rate(limits.unsigned), total)
        self.public = files.PublicFiles(self.config.public_folder, self.config.feeds_url)

    def page(self, name: str, code: int = 200, **values: object) -> Response:
        """Render a page of ``templates/web``."""
        letters = self.membership.letters.letterhead()
        shared = {
            "config": self.config, "title": letters.title, "language": self.config.site.language, "base": self.base,
            "style": self.style_path, "feeds": self.public.feeds(self.config),
        }  # fmt: skip
        html = self.environment.get_template(f"web/{name}.html").render({**shared, **values})
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


def caller(request: Request) -> str:
    """Give the caller's network address, as the trusted proxies tell it."""
    return request.client.host if request.client else ""


def create_app(web: Web) -> FastAPI:
    """Make the application."""
    app = FastAPI(
        title=f"{web.config.site.title}: newsletter", version="1", openapi_url="/api/v1/openapi.json", docs_url=None, redoc_url=None
    )
    app.state.web = web
    app.include_router(api.router)
    app.include_router(health.router)
    app.include_router(pages.router)
    app.include_router(files.router)
    app.add_exception_handler(HTTPException, _error)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _wrong)  # type: ignore[arg-type]
    if web.config.web.origins:
        app.add_middleware(_ApiCors, allow_origins=list(web.config.web.origins), allow_methods=["POST"], allow_headers=["Content-Type"])
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    return app


class _ApiCors(CORSMiddleware):
    """CORS for the API only: pages are not for other sites' scripts."""

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 - ASGI
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _error(request: Request, error: HTTPException) -> Response:
    if request.url.path.startswith("/api/"):
        return api.problem(error.status_code, str(error.detail))
    web: Web = request.app.state.web
    page = web.page("error", error.status_code, status=error.status_code, detail=str(error.detail))
    page.headers.update(error.headers or {})
    return page


def _wrong(request: Request, error: RequestValidationError) -> Response:
    if request.url.path.startswith("/api/"):
        fields = ", ".join(sorted({".".join(str(part) for part in found["loc"][1:]) or "body" for found in error.errors()}))
        return api.problem(422, f"Not understood: {fields}.")
    web: Web = request.app.state.web
    return web.page("error", 422, status=422, detail="The form was not understood.")
