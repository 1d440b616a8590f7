"""Code with inline styles, readable in feeds and mails, light and dark."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.formatters import HtmlFormatter

STYLE = "github-dark"
CODE_GROUND = "#0d1117"
CODE_STYLE = (
    f"background-color:{CODE_GROUND};color:#e6edf3;padding:12px 16px;font-size:14px;"
    "line-height:1.5;font-family:Menlo,Consolas,monospace;white-space:pre-wrap"
)
_COLOURLESS = re.compile(r'<span style="color: ?#E6EDF3">([^<]*)</span>')
_FAINT, _READABLE = "#6e7681", "#8b949e"  # contrast 4.1 on the background, and 6.1
# Pygments' lexers take time that grows faster than some texts; nobody reads colours in a log of a
# megabyte.
_LONGEST = 50_000


def highlight(code: str, language: str) -> str:
    """Return a code block as ``<pre><code>`` with inline styles.

    Unknown languages and very long code stay plain.
    """
    inside = _highlighted(code, language) if language and len(code) <= _LONGEST else None
    return (
        "<pre"
        f' style="{CODE_STYLE}"><code>'
        f"{inside if inside is not None else html.escape(code, quote=False)}</code></pre>\n"
    )


def _highlighted(code: str, language: str) -> str | None:
    import pygments  # noqa: PLC0415 - loaded when a post has code
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415
    from pygments.util import ClassNotFound  # noqa: PLC0415

    try:
        # Never guessed: a wrong guess colours prose, and guessing tries every lexer there is.
        lexer = get_lexer_by_name(language.lower(), stripnl=False)
    except ClassNotFound:
        return None
    made = str(pygments.highlight(code, lexer, _formatter()))
    return _COLOURLESS.sub(r"\1", made)


@cache
def _formatter() -> HtmlFormatter[str]:
    from pygments.formatters import HtmlFormatter  # noqa: PLC0415
    from pygments.styles import get_style_by_name  # noqa: PLC0415
    from pygments.token import Whitespace  # noqa: PLC0415

    base = get_style_by_name(STYLE)
    styles = {token: rule.replace(_FAINT, _READABLE) for token, rule in base.styles.items()} | {
        Whitespace: ""
    }
    return HtmlFormatter(
        # Styles in each tag: feed readers and mail clients drop style sheets and classes.
        style=type("Readable", (base,), {"styles": styles}),
        noclasses=True,
        nowrap=True,
    )
