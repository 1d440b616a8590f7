"""Put the web application together: routes, guards, errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from publisher.web import api, feed_files, health, public_pages
from publisher.web.context import web_of
from publisher.web.security import BodyLimit, FaultGuard, SecurityHeaders

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from publisher.web.context import Web


def create_app(web: Web) -> FastAPI:
    """Make the application."""
    app = FastAPI(
        title=f"{web.config.site.title}: newsletter",
        version="1",
        openapi_url="/api/v1/openapi.json",
        # FastAPI's pages load scripts from a CDN, which the policy forbids and readers' privacy
        # too.
        docs_url=None,
        redoc_url=None,
    )
    app.state.web = web
    app.include_router(api.router)
    app.include_router(health.router)
    app.include_router(public_pages.router)
    # Last: its route takes every path that no other one has.
    app.include_router(feed_files.router)
    app.add_exception_handler(HTTPException, _error)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _wrong)  # type: ignore[arg-type]
    app.add_middleware(FaultGuard, health=web.health)
    if web.config.web.origins:
        app.add_middleware(
            _ApiCors,
            allow_origins=list(web.config.web.origins),
            allow_methods=["POST"],
            allow_headers=["Content-Type"],
        )
    # The last added runs first: too large a body is refused before anything reads it.
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    return app


class _ApiCors(CORSMiddleware):
    """CORS for the API only: pages are not for other sites' scripts."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _error(request: Request, error: HTTPException) -> Response:
    if request.url.path.startswith("/api/"):
        return api.problem(error.status_code, str(error.detail))
    web = web_of(request)
    page = web.page("error", error.status_code, status=error.status_code, detail=str(error.detail))
    page.headers.update(error.headers or {})
    return page


def _wrong(request: Request, error: RequestValidationError) -> Response:
    if request.url.path.startswith("/api/"):
        fields = ", ".join(
            sorted(
                {
                    ".".join(str(part) for part in found["loc"][1:]) or "body"
                    for found in error.errors()
                }
            )
        )
        return api.problem(422, f"Not understood: {fields}.")
    web = web_of(request)
    return web.page("error", 422, status=422, detail="The form was not understood.")
