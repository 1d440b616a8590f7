"""Around every request.

Bodies stay small, a fault is answered and told, and every answer says what a browser may do with
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from publisher.system.health import Health


MOST_BYTES = 8192
"""Of a request's body: a form of ours has a few hundred."""

POLICY = (
    # No script at all, so none that a name or a title smuggles in can run.
    "default-src 'none'; style-src 'self'; img-src 'self' https: data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
ISSUE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:; base-uri 'none';"
    " frame-ancestors 'none'"
)
"""An issue's page has its styles in its tags, because mail has; it has no form and no script."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Addresses of these pages hold readers' tokens.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """Adds the headers that an answer does not have yet."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", POLICY)
            await send(message)

        await self.app(scope, receive, send_with)


class FaultGuard:
    """Answers for a handler that raises, and lets the process know.

    A handler is well again when it answers again.
    """

    def __init__(self, app: ASGIApp, health: Health) -> None:
        self.app, self.health = app, health

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def send_noting(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        # Whatever a template, a database or a request led to
        except Exception as error:  # noqa: BLE001
            self.health.failed(_part(scope), error, by_visitor=True)
            # Half a page cannot be taken back; the connection simply ends.
            if not has_begun:
                await PlainTextResponse(
                    "Something went wrong here. It was noted; please try again later.\n", 500
                )(scope, receive, send)
        else:
            self.health.worked(_part(scope))


def _part(scope: Scope) -> str:
    """Return the part of the process that a request is for: the handler that the router found."""
    return f"web page {getattr(scope.get('endpoint'), '__name__', '')}".rstrip()


class BodyLimit:
    """Refuses bodies over :data:`MOST_BYTES`, announced or not, before anything reads them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body whole, which is small, and pass the request on with it."""
        # Content-Length may lie or be missing; only counting what comes holds.
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MOST_BYTES:
                await PlainTextResponse("The request is too large.\n", 413)(scope, receive, send)
                return
        given = False

        async def receive_again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, receive_again, send)
