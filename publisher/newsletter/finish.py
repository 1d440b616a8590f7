"""From a rendered template to HTML that is sent.

Styles inline, long words breakable, no longer than Gmail shows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lxml import html as lxml_html

from publisher.newsletter.css import inline_styles
from publisher.newsletter.line_breaks import break_long_words
from publisher.newsletter.truncate import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from jinja2 import Environment

_EMPTY_LINES = re.compile(r"\n{3,}")


class RenderedMail(NamedTuple):
    """A mail as its templates give it: HTML as it is sent, and plain text."""

    html: str
    text: str
    was_shortened: bool


def render_mail(
    render: Callable[[Environment, str, Mapping[str, object]], str],
    environment: Environment,
    name: str,
    values: Mapping[str, object],
    *,
    whole: Collection[str] = (),
) -> RenderedMail:
    """Return a mail rendered from its pair of templates.

    Args:
        render: Renders one template, as :mod:`publisher.newsletter.templates` does.
        environment: With ``newsletter/<name>.html`` and ``.txt``.
        name: Of the pair.
        values: What the templates are filled with.
        whole: Texts that must stay in one piece, such as placeholders that are replaced later.
    """
    html, was_shortened = finish(render(environment, f"newsletter/{name}.html", values), whole)
    text = _EMPTY_LINES.sub("\n\n", render(environment, f"newsletter/{name}.txt", values))
    return RenderedMail(html, f"{text.strip()}\n", was_shortened)


def finish(html: str, whole: Collection[str] = ()) -> tuple[str, bool]:
    """Return a mail's HTML as it is sent, and whether it had to be shortened."""
    root = lxml_html.document_fromstring(inline_styles(html))
    # After inlining: a selector that counts children must not see <wbr>.
    break_long_words(root, whole=whole)
    # Last, because what Gmail clips is counted over everything that is sent.
    was_shortened = shorten(root)
    text: str = lxml_html.tostring(root, encoding="unicode", doctype="<!doctype html>")
    return text.replace("<wbr></wbr>", "<wbr>") + "\n", was_shortened
