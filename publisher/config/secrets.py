"""What of the configuration no log, no hook and no other user of the machine may see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import SecretStr

from publisher.config.configuration import Config
from publisher.config.sections import Section

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = "PUBLISHER_"
_IN_ADDRESS = re.compile(
    r"(?P<before>[a-z][a-z0-9+.-]*://[^\s/?#:@]*:)(?!\d+/)\S+(?=@)", re.IGNORECASE
)
"""As loose as SQLAlchemy is: a password may hold ``/`` and ``@``; a port before a path is none."""
_IN_QUERY = re.compile(r"(?P<before>://\S*[?&](?:ssl)?password=)[^\s&#'\"]+", re.IGNORECASE)
_LIBPQ = frozenset({"PGPASSWORD", "PGSSLPASSWORD"})
"""What PostgreSQL's client library takes passwords from
(https://www.postgresql.org/docs/current/libpq-envars.html)."""


def has_password(text: str) -> bool:
    """Return whether a text holds an address with a password in it, as ``state.url`` may."""
    return any(pattern.search(text) for pattern in (_IN_ADDRESS, _IN_QUERY))


def masked(text: str) -> str:
    """Return a text to be shown: of addresses in it, without their passwords."""
    for pattern in (_IN_ADDRESS, _IN_QUERY):
        text = pattern.sub(r"\g<before>***", text)
    return text


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for somebody else's program: all but what is secret of ours.

    Left out are every ``PUBLISHER_*`` that is no known key, or the key of a password; PostgreSQL's
    own passwords; every address with a password in it. What an operator set for that program, such
    as the token of a host, stays.
    """
    known = _public_names()
    return {
        name: value
        for name, value in environ.items()
        if _is_public(name, known) and not has_password(value)
    }


def _is_public(name: str, known: frozenset[str]) -> bool:
    return name.upper() in known if name.startswith(_PREFIX) else name not in _LIBPQ


def _public_names() -> frozenset[str]:
    """Name the environment variables of every key that is no password."""
    sections = {name: field.annotation for name, field in Config.model_fields.items()}
    return frozenset(
        f"{_PREFIX}{section}__{field.alias or key}".upper()
        for section, model in sections.items()
        if isinstance(model, type) and issubclass(model, Section)
        for key, field in model.model_fields.items()
        if field.annotation is not SecretStr
    )
