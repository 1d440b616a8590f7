"""The API: one call, described by OpenAPI."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from publisher.subscribers.email_address import AddressError, check_address
from publisher.subscribers.models import Cadence, Signup
from publisher.web import form_fields
from publisher.web.context import caller, web_of

router = APIRouter(prefix="/api/v1")


class SubscribeRequest(BaseModel):
    """What somebody asks for."""

    email: str = Field(max_length=320, description="Mail address.")
    name: str = Field("", max_length=200)
    cadence: Cadence = Cadence.EVERY_POST
    tags: list[str] = Field(
        default_factory=list, max_length=30, description="Only posts with one of these."
    )


class SubscribeAnswer(BaseModel):
    """The same for every address."""

    status: str = Field(
        "check your inbox",
        description="A mail with a link is on its way, if this address may get one.",
    )


class Problem(BaseModel):
    """What was wrong."""

    detail: str


@router.post(
    "/subscribe",
    status_code=202,
    response_model=SubscribeAnswer,
    responses={413: {}, 422: {"model": Problem}, 429: {"model": Problem}},
)
def subscribe(request: Request, body: SubscribeRequest) -> SubscribeAnswer | JSONResponse:
    """Ask for the newsletter; a confirm mail follows."""
    web = web_of(request)
    try:
        address = check_address(body.email).typed
    except AddressError as error:
        return problem(422, str(error))
    if not web.may_ask(request, signed=False):
        return problem(429, "Too many requests from your network.")
    chosen = (form_fields.plain(body.name), body.cadence, form_fields.tags(body.tags))
    web.membership.ask(
        Signup(address, web.now(), "api", caller(request), web.config.subscribers.consent, *chosen)
    )
    web.wake()
    return SubscribeAnswer()


def problem(status: int, detail: str) -> JSONResponse:
    """Return an error as JSON."""
    return JSONResponse({"detail": detail}, status)
