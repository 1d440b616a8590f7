"""Mail to the operator: what happened to issues, and the command to go on with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.newsletter.finish import finish
from publisher.newsletter.model import Composition
from publisher.newsletter.templating import render_or_shipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment

    from publisher.newsletter.model import Letterhead


def compose_notice(
    subject: str,
    lines: Sequence[str],
    commands: Sequence[str],
    letterhead: Letterhead,
    environment: Environment,
) -> Composition:
    """Compose one mail to the operator.

    Args:
        subject: One line.
        lines: What happened, a paragraph each.
        commands: What to type to go on.
        letterhead: What every mail of the site shares.
        environment: With ``newsletter/notice.html`` and ``newsletter/notice.txt``.
    """
    values = notice_values(subject, lines, commands, letterhead)
    html, _ = finish(render_or_shipped(environment, "newsletter/notice.html", values))
    text = (
        re.sub(
            r"\n{3,}", "\n\n", render_or_shipped(environment, "newsletter/notice.txt", values)
        ).strip()
        + "\n"
    )
    return Composition(subject, "", html, text)


def notice_values(
    subject: str, lines: Sequence[str], commands: Sequence[str], letterhead: Letterhead
) -> Mapping[str, object]:
    """Return what the templates of a notice are filled with."""
    return {
        "subject": subject, "preheader": "", "lines": list(lines), "commands": list(commands),
        "letterhead": letterhead,
        "language": "en", "direction": "ltr",
    }  # fmt: skip
