"""Mail to the operator: what happened to issues, and the command to go on with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.newsletter.inline import inline_styles
from publisher.newsletter.model import Composition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

    from publisher.newsletter.model import Letterhead


def compose_notice(
    subject: str, lines: Sequence[str], commands: Sequence[str], letterhead: Letterhead, environment: Environment
) -> Composition:
    """Compose one mail to the operator.

    Args:
        subject: One line.
        lines: What happened, a paragraph each.
        commands: What to type to go on.
        letterhead: What every mail of the site shares.
        environment: With ``newsletter/notice.html`` and ``newsletter/notice.txt``.
    """
    values = {
        "subject": subject, "preheader": "", "lines": list(lines), "commands": list(commands), "letterhead": letterhead,
        "language": "en", "direction": "ltr",
    }  # fmt: skip
    html = inline_styles(environment.get_template("newsletter/notice.html").render(values))
    text = re.sub(r"\n{3,}", "\n\n", environment.get_template("newsletter/notice.txt").render(values)).strip() + "\n"
    return Composition(subject, "", html, text)
