"""What must stay as written while shortcodes and dialects are replaced: code of every kind, and ``{% raw %}``.

One scan from left to right, so that a fence inside ``{% raw %}`` and a Liquid tag inside a fence both end where they should. Every
alternative stops at the next opener of its own kind, so that hostile input costs linear time.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

_ELEMENT = r"<(?P<tag>pre|code|script|style|textarea)\b[^<>]*>(?:(?!<(?P=tag)\b).)*?</(?P=tag)\s*>"
_PAIRS = (
    r"\{%-?\s*raw\s*-?%\}(?P<raw>(?:(?!\{%-?\s*raw\b).)*?)\{%-?\s*endraw\s*-?%\}"
    r"|\{%-?\s*comment\s*-?%\}(?P<comment>(?:(?!\{%-?\s*comment\b).)*?)\{%-?\s*endcomment\s*-?%\}"
    r"|\{%-?\s*highlight\s+(?P<liquid>[\w+#-]*)[^%{}]*%\}(?P<liquid_code>(?:(?!\{%-?\s*highlight\b).)*?)\{%-?\s*endhighlight\s*-?%\}"
    r"|\{\{[<%]\s*highlight\s+\"?(?P<hugo>[\w+#-]*)[^>{}]*[>%]\}\}(?P<hugo_code>(?:(?!\{\{[<%]\s*highlight\b).)*?)"
    r"\{\{[<%]\s*/\s*highlight\s*[>%]\}\}"
    r"|\[(?P<wp>code|sourcecode)(?P<wp_arguments>\s[^\[\]]*)?\](?P<wp_code>(?:(?!\[(?P=wp)\b).)*?)\[/(?P=wp)\]"
    r"|\{\{(?P<open>[<%])/\*(?P<shown>[^{}]*?)\*/[>%]\}\}"
)
_MARKDOWN_CODE = (
    r"^(?=[ \t>`~])(?:[ \t>]*(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t>]*(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|(?:(?<=\n\n)|\A)(?:(?: {4}|\t)[^\n]*(?:\n|\Z))+)"
    r"|(?P<ticks>`(?<!``)`*)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`)"
)
"""Each alternative begins with what is told from prose at once: it is tried at every character of every post."""
_FLAGS = re.DOTALL | re.MULTILINE | re.IGNORECASE
_IN_MARKDOWN = re.compile(f"{_MARKDOWN_CODE}|{_ELEMENT}|{_PAIRS}", _FLAGS)
_IN_HTML = re.compile(f"{_ELEMENT}|{_PAIRS}", _FLAGS)
_LANGUAGE = re.compile(r"\blang(?:uage)?\s*=\s*[\"']?([\w+#-]+)", re.IGNORECASE)
_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACE = re.compile(f"{_OPEN}(\\d+){_CLOSE}\n*")


@dataclass
class Protection:
    """Takes protected stretches out of a body and brings them back; line numbers stay true in between.

    Attributes:
        markdown: False for HTML, where indentation and backticks mean nothing.
    """

    markdown: bool = True
    _kept: list[tuple[str, int]] = field(default_factory=list)

    def take_out(self, body: str) -> str:
        """Give the body with a short placeholder, and as many line ends as before, for each protected stretch."""
        text = body.replace(_OPEN, "").replace(_CLOSE, "")
        return (_IN_MARKDOWN if self.markdown else _IN_HTML).sub(self._keep, text)

    def bring_back(self, text: str) -> str:
        """Give the text with its protected stretches in place again."""
        return _PLACE.sub(self._restored, text)

    def _keep(self, match: re.Match[str]) -> str:
        lines = match[0].count("\n")
        self._kept.append((self._stays(match), lines))
        return f"{_OPEN}{len(self._kept) - 1}{_CLOSE}" + "\n" * lines

    def _stays(self, match: re.Match[str]) -> str:
        group = match.groupdict()
        if group["raw"] is not None:
            return str(group["raw"])
        if group["comment"] is not None:
            return ""
        if group["shown"] is not None:
            return f"{{{{{group['open']}{group['shown']}{'>' if group['open'] == '<' else '%'}}}}}"
        if group["wp"] is not None:
            language = _LANGUAGE.search(group["wp_arguments"] or "")
            return self._block(language[1] if language else "", html.unescape(group["wp_code"]))
        for name in ("liquid", "hugo"):
            if group[f"{name}_code"] is not None:
                return self._block(group[name], group[f"{name}_code"])
        return match[0]

    def _block(self, language: str, code: str) -> str:
        code = code.removeprefix("\n").rstrip()
        if not self.markdown:
            return f'<pre><code class="language-{html.escape(language)}">{html.escape(code)}</code></pre>'
        ticks = "`" * max(3, max((len(run) for run in re.findall(r"`+", code)), default=0) + 1)
        return f"\n{ticks}{language}\n{code}\n{ticks}\n"

    def _restored(self, match: re.Match[str]) -> str:
        text, lines = self._kept[int(match[1])]
        after = len(match[0]) - len(match[1]) - 2
        return text + "\n" * max(after - lines, 0)
