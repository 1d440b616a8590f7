"""The kinds of values a configuration holds: each checked once, with words for what was expected."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from publisher.characters import FORBIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterator

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|w)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST = 36_500 * _SECONDS["d"]
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_MAILBOX = re.compile(r"(?:[^<>\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)")
_URL_PRESETS = ("jekyll", "hugo", "eleventy", "pelican", "zola", "astro", "wordpress")
_URL_FIELD = re.compile(r"\{([a-z]*)\}")
_URL_FIELDS = frozenset({"year", "month", "day", "slug", "path", "category"})

Content = Literal["full", "summary"]


def has_controls(value: object) -> bool:
    """Say whether a value holds control characters, or others that XML forbids."""
    return any(FORBIDDEN.search(text) for text in _texts(value))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _duration(value: object) -> object:
    """Read ``"5m"``, ``"7d"``, ``"1s"`` or a number of seconds."""
    if isinstance(value, bool):
        raise ValueError("a duration such as 30, '5m' or '7d'")  # noqa: TRY004 - pydantic turns only ValueError into a report
    if isinstance(value, int | float):
        return _span(value)
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            raise ValueError("a duration such as 30, '5m' or '7d'")
        return _span(float(match[1]) * _SECONDS[match[2] or "s"])
    return value


def _span(seconds: float) -> timedelta:
    """Give a duration; one that no date can be reckoned with is none, nor is what is no number."""
    if not abs(seconds) <= _LONGEST:
        raise ValueError("a duration such as 30, '5m' or '7d', of 36500d at most")
    return timedelta(seconds=seconds)


def _zone(value: str) -> str:
    if value.startswith("/") or ".." in value:
        raise ValueError("an IANA time zone such as 'Europe/Berlin'")
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("an IANA time zone such as 'Europe/Berlin'") from error
    return value


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - a property that checks
    except ValueError as error:
        raise ValueError("an address such as 'https://example.com'") from error
    bad = parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment
    if bad or re.search(r"[\s<>\"{}|\\^`]", value):
        raise ValueError("an address such as 'https://example.com', without ? or #")
    return value.rstrip("/")


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError("a language tag such as 'en' or 'pt-BR'")
    return value


def _mailbox(value: str) -> str:
    if not _MAILBOX.fullmatch(value.strip()):
        raise ValueError("an address such as 'Ada <ada@example.com>'")
    return value.strip()


def _file_name(value: str) -> str:
    if not value or FORBIDDEN.search(value) or value.startswith(("/", ".")) or "\\" in value or ".." in value.split("/"):
        raise ValueError("a file name inside the output folder, such as 'feed.xml'")
    return value


def _post_address(value: str) -> str:
    if value in _URL_PRESETS:
        return value
    unknown = sorted(set(_URL_FIELD.findall(value)) - _URL_FIELDS)
    if unknown or not value.startswith("/"):
        known = " ".join(f"{{{name}}}" for name in sorted(_URL_FIELDS))
        raise ValueError(f"a pattern such as '/{{year}}/{{slug}}/' of {known}, or one of {', '.join(_URL_PRESETS)}")
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration), Field(ge=timedelta(0))]


def _origin(value: str) -> str:
    address = _web_address(value)
    if urlsplit(address).path:
        raise ValueError("an origin such as 'https://example.com', without a path")
    return address.lower()


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value.strip()))
    except ValueError as error:
        raise ValueError("a network such as '10.0.0.0/8' or an address") from error


WebAddress = Annotated[str, AfterValidator(_web_address)]
Zone = Annotated[str, AfterValidator(_zone)]
Language = Annotated[str, AfterValidator(_language)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
FileName = Annotated[str, AfterValidator(_file_name)]
FileNameOrOff = FileName | Literal[False]
PostAddress = Annotated[str, AfterValidator(_post_address)]
Line = Annotated[str, Field(min_length=1, pattern=r"^[^\r\n]*$")]
Origin = Annotated[str, AfterValidator(_origin)]
Network = Annotated[str, AfterValidator(_network)]
