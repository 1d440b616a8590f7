"""reStructuredText by docutils, an extra; nothing is included, nothing raw passes."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from publisher.errors import Level, Problem
from publisher.markup.dialect_syntax import pelican_links
from publisher.markup.models import rst_available

if TYPE_CHECKING:
    from collections.abc import Callable

    from docutils.nodes import system_message
    from docutils.parsers.rst import Parser

_LINK = re.compile(r"[|{](?:author|category|tag|index)[|}]/?")
_CODE = re.compile(r'<pre class="code ?([\w+#-]*)[^"]*"><code>(.*?)</code></pre>', re.DOTALL)
_EXPLICIT = re.compile(r"\s*\.\.(?:\s|$)")
_MEANS_SOMETHING = re.compile(r"\s*\.\.\s+(?:_|\[|\||(?:\|[^|]*\|\s+)?[\w:+.-]+::(?:\s|$))")
"""Targets, footnotes, substitutions, directives (reStructuredText, "Explicit Markup Blocks"); every
other one is a comment."""
_WARNING, _NEVER = 2, 5
_SETTINGS = {
    # docutils includes any file of the machine unless it is told not to.
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": _NEVER,
    "halt_level": _NEVER,
    "warning_stream": False,
    "input_encoding": "unicode",
    "syntax_highlight": "none",
    # The entry's title is the first level.
    "initial_header_level": 2,
    "doctitle_xform": False,
    "sectsubtitle_xform": False,
    # A docutils.conf in the working folder would change what posts look like, and could switch
    # insertion on again.
    "_disable_config": True,
    "embed_stylesheet": False,
    "math_output": "HTML",
}


def to_html(
    body: str, path: str, line: int, highlight: Callable[[str, str], str]
) -> tuple[str | None, list[Problem]]:
    """Return reStructuredText as HTML (None where it was refused), and what docutils found wrong.

    Problems have lines of the file.

    Args:
        body: LF line ends.
        path: Of the file, for problems.
        line: 1-based line of the file on which the body starts.
        highlight: Gives code and language as HTML.
    """
    if not rst_available():
        found = "reStructuredText needs docutils, which is not installed."
        return None, [Problem(path, line, Level.ERROR, found, "Run pip install 'publisher[rst]'.")]
    from docutils.core import publish_parts  # noqa: PLC0415 - an extra, slow to import

    messages: list[system_message] = []
    source = _LINK.sub("/", pelican_links(body))
    try:
        parts = publish_parts(
            source, parser=_listening(messages), writer="html5", settings_overrides=dict(_SETTINGS)
        )
    except (
        Exception,  # noqa: BLE001
        SystemExit,
        # Docutils raises whatever its directives raise; the post is reported, not lost
    ) as error:
        found = f"reStructuredText could not be read: {str(error)[:120]}."
        return None, [Problem(path, line, Level.ERROR, found, "Simplify the markup.")]
    made = _CODE.sub(lambda match: highlight(html.unescape(match[2]), match[1]), str(parts["body"]))
    return made, [
        _problem(message, path, line) for message in messages if message["level"] >= _WARNING
    ]


def without_comments(body: str) -> str:
    """Return a body that docutils refused, without its comments.

    A comment is ``.. text``, and what is indented below it.
    """
    kept: list[str] = []
    hidden: int | None = None
    for line in body.split("\n"):
        indent = len(line) - len(line.lstrip())
        if hidden is not None and (indent > hidden or not line.strip()):
            continue
        hidden = indent if _EXPLICIT.match(line) and not _MEANS_SOMETHING.match(line) else None
        if hidden is None:
            kept.append(line)
    return "\n".join(kept)


def _listening(messages: list[system_message]) -> Parser:
    """Make a parser that collects what docutils says, instead of putting it in the text."""
    from docutils.parsers import rst  # noqa: PLC0415

    class Listening(rst.Parser):
        def parse(self, inputstring: str, document: object) -> None:
            document.reporter.attach_observer(messages.append)  # type: ignore[attr-defined]
            super().parse(inputstring, document)  # type: ignore[arg-type]

    return Listening()


def _problem(message: system_message, path: str, line: int) -> Problem:
    text = " ".join(message.children[0].astext().split()) if message.children else "markup is wrong"
    at = line + message["line"] - 1 if message.get("line") else None
    return Problem(
        path, at, Level.WARNING, f"docutils says: {text[:200]}", "Mend the markup there."
    )
