"""What must stay as written while shortcodes and dialects are replaced.

Code of every kind, and ``{% raw %}``; comments go.

Where they are is found by :mod:`publisher.markup.opaque_ranges`.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from publisher.markup.models import OpaqueRange, RangeKind
from publisher.markup.opaque_ranges import opaque_ranges
from publisher.markup.summary import MORE

_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACE = re.compile(f"{_OPEN}(\\d+){_CLOSE}\n*")
_MORE = "<!--more-->"
_GONE = "<!-- -->"
"""What an HTML comment leaves: as a line of its own it keeps the lines around it together, as it
did before."""


@dataclass
class Protection:
    """Takes protected stretches out of a body and brings them back.

    Line numbers stay true in between.

    Attributes:
        markdown: False for HTML, where indentation and backticks mean nothing.
        native: Comments that the post's dialect knows; None where the dialect is unknown.
        unclosed: For each comment that nothing ends, the number of lines before it.
    """

    markdown: bool = True
    native: frozenset[str] | None = None
    unclosed: list[int] = field(default_factory=list)
    _kept: list[tuple[str, int]] = field(default_factory=list)

    def take_out(self, body: str) -> str:
        """Return the body with a short placeholder for each protected stretch.

        There are as many line ends as before.

        Of the comments only ``<!--more-->`` stays, without its words.
        """
        text = body.replace(_OPEN, "").replace(_CLOSE, "")
        pieces, position, lines = [], 0, 0
        for stretch in opaque_ranges(text, markdown=self.markdown, native=self.native):
            lines += text.count("\n", position, stretch.start)
            inside = text[stretch.start : stretch.end]
            height = inside.count("\n")
            if not stretch.closed:
                self.unclosed.append(lines)
            pieces.append(text[position : stretch.start])
            more = stretch.kind is RangeKind.COMMENT and MORE.fullmatch(inside)
            pieces.append(
                (_MORE if more else self._keep(self._stays(stretch, inside), height))
                + "\n" * height
            )
            position, lines = stretch.end, lines + height
        return "".join([*pieces, text[position:]])

    def bring_back(self, text: str) -> str:
        """Return the text with its protected stretches in place again."""
        return _PLACE.sub(self._restored, text)

    def _keep(self, stays: str, height: int) -> str:
        self._kept.append((stays, height))
        return f"{_OPEN}{len(self._kept) - 1}{_CLOSE}"

    def _stays(self, stretch: OpaqueRange, written: str) -> str:
        if stretch.kind is RangeKind.COMMENT:
            return _GONE if written.startswith("<!--") else ""
        if stretch.kind is RangeKind.DEFINITION:
            return f"\n[{stretch.inside}]: #\n"
        if stretch.kind is RangeKind.LISTING:
            return self._block(stretch.language, stretch.inside)
        return stretch.inside if stretch.kind is RangeKind.LITERAL else written

    def _block(self, language: str, code: str) -> str:
        code = code.removeprefix("\n").rstrip()
        if not self.markdown:
            return (
                "<pre><code"
                f' class="language-{html.escape(language)}">{html.escape(code)}</code></pre>'
            )
        ticks = "`" * max(3, max((len(run) for run in re.findall(r"`+", code)), default=0) + 1)
        return f"\n{ticks}{language}\n{code}\n{ticks}\n"

    def _restored(self, match: re.Match[str]) -> str:
        text, lines = self._kept[int(match[1])]
        after = len(match[0]) - len(match[1]) - 2
        return text + "\n" * max(after - lines, 0)
