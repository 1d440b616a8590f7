"""The pages. GET and HEAD change nothing: scanners follow every link of every mail."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from publisher.membership.steps import RequestOrigin
from publisher.newsletter.issue import IssueState
from publisher.newsletter.placeholders import Own, Placeholders
from publisher.newsletter.store import IssueStore
from publisher.newsletter.templates import render_or_shipped
from publisher.subscribers.email_address import AddressError, check_address
from publisher.subscribers.models import Cadence, Preferences, Signup, Subscriber
from publisher.subscribers.tokens import Purpose
from publisher.web import form_fields
from publisher.web.context import caller, web_of
from publisher.web.routes import readable
from publisher.web.security import ISSUE_POLICY

if TYPE_CHECKING:
    from publisher.web.context import Web


router = APIRouter()
Text = Annotated[str, Form()]
_SHOWN = frozenset(
    {IssueState.QUEUED, IssueState.SENDING, IssueState.PAUSED, IssueState.SENT, IssueState.WRITTEN}
)
_GONE = (
    "This link is not complete or no longer good. Open it from the mail again, or ask for a new one"
    " below."
)
_PUBLIC_NAME = 32
"""Hex digits of an issue's public name."""
_STYLE_AGE = "public, max-age=86400"


@readable(router, "/")
def subscribe_page(request: Request) -> Response:
    """Show the form."""
    return _form(web_of(request))


@readable(router, "/unsubscribe")
@readable(router, "/preferences")
def ask_for_links(request: Request) -> Response:
    """Show how somebody without their own link gets one: the same form mails it."""
    return _form(
        web_of(request),
        note="Every mail ends with your own links. Enter your address, and one comes to you.",
    )


@router.post("/subscribe")
def subscribe(
    request: Request,
    email: Text = "",
    name: Text = "",
    cadence: Text = "",
    tags: Annotated[list[str], Form()] = [],
    stamp: Text = "",
    website: Text = "",
    next: Text = "",  # noqa: A002 - the field's name
) -> Response:
    """Keep a request to subscribe; the answer is the same for every address."""
    web = web_of(request)
    now = web.now()
    answer = _next(web, next)
    if website:
        return answer  # only a program fills in a field that nobody sees
    signed = web.stamp.is_good(stamp, now)
    typed = {
        "email": email[:320],
        "name": form_fields.plain(name),
        "cadence": str(form_fields.cadence(cadence)),
        "tags": ", ".join(tags)[:500],
    }
    try:
        address = check_address(email[:1000]).typed
    except AddressError as error:
        return _form(web, 422, problem=str(error), typed=typed)
    if not web.may_ask(request, signed=signed):
        return _form(
            web,
            429,
            problem="Too many requests from your network. Try again in a while.",
            typed=typed,
        )
    source = "web form" if signed else "other site"
    wording = web.config.subscribers.consent
    chosen = (form_fields.plain(name), form_fields.cadence(cadence), form_fields.tags(tags))
    web.membership.ask(Signup(address, now, source, caller(request), wording, *chosen))
    web.wake()
    return answer


@readable(router, "/check-your-inbox")
def check_your_inbox(request: Request) -> Response:
    """Show what happens next; the same for everybody."""
    return web_of(request).page("check-inbox")


@readable(router, "/confirm/{token}")
def confirm_page(request: Request, token: str) -> Response:
    """Ask for the click that counts."""
    web = web_of(request)
    _owner(web, Purpose.CONFIRM, token)
    return web.page("confirm", token=token)


@router.post("/confirm/{token}")
def confirm(request: Request, token: str) -> Response:
    """Make the subscription active."""
    web = web_of(request)
    origin = RequestOrigin("web form", caller(request), web.config.subscribers.consent)
    subscriber = web.membership.confirm(token, web.now(), origin)
    if subscriber is None:
        raise HTTPException(404, _GONE)
    web.wake()
    own = web.membership.keyring.sign(Purpose.PREFERENCES, subscriber.public, web.now())
    return web.page("welcome", subscriber=subscriber, preferences_token=own)


@readable(router, "/preferences/{token}")
def preferences_page(request: Request, token: str) -> Response:
    """Show what somebody chose."""
    web = web_of(request)
    return _preferences(web, _owner(web, Purpose.PREFERENCES, token), token)


@router.post("/preferences/{token}")
def change_preferences(
    request: Request,
    token: str,
    name: Text = "",
    cadence: Text = "",
    wanted: Annotated[list[str], Form()] = [],
    unwanted: Annotated[list[str], Form()] = [],
    zone: Text = "",
    language: Text = "",
) -> Response:
    """Keep what somebody chose."""
    web = web_of(request)
    known = _owner(web, Purpose.PREFERENCES, token)
    chosen = Preferences(
        form_fields.cadence(cadence, known.preferences.cadence),
        form_fields.tags(wanted),
        form_fields.tags(unwanted),
        form_fields.zone(zone),
        form_fields.language(language),
        form_fields.plain(name),
    )
    subscriber = web.membership.change(
        token, chosen, web.now(), RequestOrigin("web form", caller(request))
    )
    if subscriber is None:
        raise HTTPException(404, _GONE)
    return _preferences(web, subscriber, token, saved=True)


@readable(router, "/unsubscribe/{token}")
def unsubscribe_page(request: Request, token: str) -> Response:
    """Ask: leave, or less often?"""
    web = web_of(request)
    subscriber = _owner(web, Purpose.UNSUBSCRIBE, token)
    return web.page("unsubscribe", token=token, subscriber=subscriber, cadences=_less(subscriber))


@router.post("/unsubscribe/{token}")
def unsubscribe(
    request: Request,
    token: str,
    cadence: Text = "",
    one_click: Annotated[str, Form(alias="List-Unsubscribe")] = "",
) -> Response:
    """Unsubscribe at once (RFC 8058), or change the cadence by the page's other button."""
    web, now = web_of(request), web_of(request).now()
    origin = RequestOrigin("mail client" if one_click else "web form", caller(request))
    if cadence and not one_click:
        known = _owner(web, Purpose.UNSUBSCRIBE, token)
        chosen = form_fields.cadence(cadence, known.preferences.cadence)
        preferences = replace(known.preferences, cadence=chosen)
        changed = web.membership.less_often(token, preferences, now, origin)
        own = web.membership.keyring.sign(Purpose.PREFERENCES, known.public, now)
        return web.page("less-often", subscriber=changed, preferences_token=own)
    subscriber = web.membership.leave(token, now, origin)
    if subscriber is None:
        raise HTTPException(404, _GONE)
    web.wake()
    return web.page("goodbye", subscriber=subscriber)


@readable(router, "/issues/{public}")
def issue_page(request: Request, public: str) -> Response:
    """Show an issue as everybody got it; nothing personal is in it."""
    web = web_of(request)
    with web.state.reading() as transaction:
        is_name = len(public) == _PUBLIC_NAME and public.isalnum()
        issue = IssueStore(transaction).issue_by_public(public) if is_name else None
        content = (
            IssueStore(transaction).content(issue.key)
            if issue is not None and issue.state in _SHOWN
            else None
        )
    if content is None:
        raise HTTPException(404, "There is no such issue.")
    url = web.config.web_url
    own = {
        Own.UNSUBSCRIBE: f"{url}/unsubscribe",
        Own.PREFERENCES: f"{url}/preferences",
        Own.WEB_VIEW: f"{url}/issues/{public}",
    }
    html = Placeholders(content.mark).fill(content.html, own)
    headers = {"Content-Security-Policy": ISSUE_POLICY, "Cache-Control": "public, max-age=300"}
    return Response(html.encode("utf-8", "replace"), media_type="text/html", headers=headers)


@readable(router, "/web/style.css")
def style(request: Request) -> Response:
    """Serve the pages' style sheet."""
    css = render_or_shipped(web_of(request).environment, "web/style.css", {})
    return Response(css, media_type="text/css", headers={"Cache-Control": _STYLE_AGE})


def _form(
    web: Web,
    status: int = 200,
    problem: str = "",
    note: str = "",
    typed: dict[str, str] | None = None,
) -> Response:
    values = typed or {"email": "", "name": "", "cadence": str(Cadence.EVERY_POST), "tags": ""}
    return web.page(
        "subscribe",
        status,
        stamp=web.stamp.make(web.now()),
        problem=problem,
        note=note,
        typed=values,
        cadences=list(Cadence),
    )


def _preferences(web: Web, subscriber: Subscriber, token: str, *, saved: bool = False) -> Response:
    leave = web.membership.keyring.sign(Purpose.UNSUBSCRIBE, subscriber.public, web.now())
    return web.page(
        "preferences",
        subscriber=subscriber,
        token=token,
        leave_token=leave,
        cadences=list(Cadence),
        saved=saved,
    )


def _owner(web: Web, purpose: Purpose, token: str) -> Subscriber:
    subscriber = web.membership.subscriber(purpose, token, web.now())
    if subscriber is None:
        raise HTTPException(404, _GONE)
    return subscriber


def _next(web: Web, text: str) -> Response:
    target = form_fields.next_page(text, web.config.web.origins)
    return RedirectResponse(target or f"{web.config.web_url}/check-your-inbox", 303)


def _less(subscriber: Subscriber) -> list[Cadence]:
    order = list(Cadence)
    return order[order.index(subscriber.preferences.cadence) + 1 :]
