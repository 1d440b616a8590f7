"""From a rendered template to HTML that is sent.

Styles inline, long words breakable, no longer than Gmail shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import html as lxml_html

from publisher.newsletter.css import inline_styles
from publisher.newsletter.line_breaks import break_long_words
from publisher.newsletter.truncate import shorten

if TYPE_CHECKING:
    from collections.abc import Collection


def finish(html: str, *, whole: Collection[str] = ()) -> tuple[str, bool]:
    """Return a mail's HTML as it is sent, and whether it had to be shortened.

    Args:
        html: What a template gave.
        whole: Texts that must stay in one piece, such as placeholders that are replaced later.
    """
    root = lxml_html.document_fromstring(inline_styles(html))
    # After inlining: a selector that counts children must not see <wbr>.
    break_long_words(root, whole=whole)
    # Last, because what Gmail clips is counted over everything that is sent.
    was_shortened = shorten(root)
    text: str = lxml_html.tostring(root, encoding="unicode", doctype="<!doctype html>")
    return text.replace("<wbr></wbr>", "<wbr>") + "\n", was_shortened
