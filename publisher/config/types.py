"""The kinds of values a configuration holds.

Each checked once, with words for what was expected.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import time, timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from publisher.errors import FORBIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterator


_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|w)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST = 36_500 * _SECONDS["d"]
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_MAILBOX = re.compile(r"(?:[^<>\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)")
_URL_PRESETS = ("jekyll", "hugo", "eleventy", "pelican", "zola", "astro", "wordpress")
_URL_FIELD = re.compile(r"\{([a-z]*)\}")
_NOT_IN_PATTERNS = frozenset('{}<>?#\\^`|"')
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LONGEST_DOMAIN = 253
_LONGEST_NAME = 200
_URL_FIELDS = frozenset({"year", "month", "day", "slug", "path", "category"})

Content = Literal["full", "summary"]


def has_controls(value: object) -> bool:
    """Return whether a value holds control characters, or others that XML forbids."""
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
        # Pydantic turns only ValueError into a report
        raise ValueError("a duration such as 30, '5m' or '7d'")  # noqa: TRY004
    if isinstance(value, int | float):
        return _span(value)
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            raise ValueError("a duration such as 30, '5m' or '7d'")
        return _span(float(match[1]) * _SECONDS[match[2] or "s"])
    return value


def _span(seconds: float) -> timedelta:
    """Return a duration.

    Neither what is no number nor what no date can be reckoned with is one.
    """
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
    bad = (
        parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment
    )
    if bad or re.search(r"[\s<>\"{}|\\^`]", value):
        raise ValueError("an address such as 'https://example.com', without ? or #")
    return value.rstrip("/")


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError("a language tag such as 'en' or 'pt-BR'")
    return value


def _mailbox(value: str) -> str:
    address = parseaddr(value)[1] if _MAILBOX.fullmatch(value.strip()) else ""
    user, _, domain = address.rpartition("@")
    if not user or not _is_domain(domain):
        raise ValueError("an address such as 'Ada <ada@example.com>'")
    return value.strip()


def _is_domain(domain: str) -> bool:
    """Check whether a mail can be addressed to a domain.

    Its labels have 1 to 63 characters, as DNS has them (RFC 1035, RFC 3490).
    """
    try:
        known = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return (
        all(_LABEL.fullmatch(label) for label in known.removesuffix(".").split("."))
        and len(known) <= _LONGEST_DOMAIN
    )


def _file_name(value: str) -> str:
    parts = value.split("/")
    is_unusable = any(
        not part or part in {".", ".."} or len(part.encode("utf-8", "replace")) > _LONGEST_NAME
        for part in parts
    )
    if is_unusable or FORBIDDEN.search(value) or value.startswith(".") or "\\" in value:
        raise ValueError("a file name inside the output folder, such as 'feed.xml'")
    return value


def _folder_name(value: str) -> str:
    names = value.strip("/").split("/") if value.strip("/") else []
    if FORBIDDEN.search(value) or "\\" in value or not {"", ".", ".."}.isdisjoint(names):
        raise ValueError("folders such as 'posts' or 'blog/notes', or '' for none")
    return "/".join(names)


def _post_address(value: str) -> str:
    """Check ``posts.url``.

    Nothing but known fields may stand in braces, and a post's own name must be among them.
    """
    if value in _URL_PRESETS:
        return value
    fields = set(_URL_FIELD.findall(value))
    is_broken = bool(set(_URL_FIELD.sub("", value)) & _NOT_IN_PATTERNS) or any(
        character.isspace() for character in value
    )
    climbs = ".." in value.split("/")
    if (
        is_broken
        or climbs
        or fields - _URL_FIELDS
        or not fields & {"slug", "path"}
        or not value.startswith("/")
    ):
        known = " ".join(f"{{{name}}}" for name in sorted(_URL_FIELDS))
        raise ValueError(
            f"a pattern such as '/{{year}}/{{slug}}/' of {known}, with {{slug}} or {{path}} and no"
            f" other braces, or one of {', '.join(_URL_PRESETS)}"
        )
    return value


def _glob(value: str) -> str:
    """Check a glob over relative paths of the posts folder, with ``/`` between folders."""
    if (
        not value.strip("/")
        or value.startswith("/")
        or "\\" in value
        or {".", ".."} & set(value.split("/"))
    ):
        raise ValueError(
            "a glob relative to the posts folder, such as 'drafts/**' or '*.draft.md', with /"
            " between folders"
        )
    return value


def _extension(value: str) -> str:
    if not value.strip(".") or "/" in value or "*" in value:
        raise ValueError("the ending of a file name, such as '.md'")
    return value


def _command(value: tuple[str, ...]) -> tuple[str, ...]:
    if value and not value[0]:
        raise ValueError("a command and its words, such as ['/usr/local/bin/tell', '--now']")
    return value


def _local_time(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError(
            "a time of day without a zone, such as '08:00': it is meant in each subscriber's own"
        )
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
Glob = Annotated[str, AfterValidator(_glob)]
Extension = Annotated[str, AfterValidator(_extension)]
Command = Annotated[tuple[str, ...], AfterValidator(_command)]
TimeOfDay = Annotated[time, AfterValidator(_local_time)]
FolderName = Annotated[str, AfterValidator(_folder_name)]
FileNameOrOff = FileName | Literal[False]
PostAddress = Annotated[str, AfterValidator(_post_address)]
Line = Annotated[str, Field(min_length=1, pattern=r"^[^\r\n]*$")]
Origin = Annotated[str, AfterValidator(_origin)]
Network = Annotated[str, AfterValidator(_network)]
