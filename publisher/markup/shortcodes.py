"""Shortcodes of WordPress, Hugo, Liquid and Nunjucks: the few with an obvious meaning become HTML, the rest goes with a warning.

Nothing is executed. Code samples that show shortcodes (fences, indented code, code spans, ``<pre>``, ``{% raw %}``) are left alone.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from publisher.models import Level, Problem

_PROTECTED = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
    r"|<(?P<tag>pre|code|script|style|textarea)\b[^>]*>.*?</(?P=tag)\s*>"
    r"|\{%-?\s*raw\s*-?%\}(?P<raw>.*?)\{%-?\s*endraw\s*-?%\}"
    r"|^(?:(?: {4}|\t)[^\n]*(?:\n|\Z))+",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_LIQUID_HIGHLIGHT = re.compile(r"\{%-?\s*highlight\s+(\w[\w+-]*)?[^%]*%\}\n?(.*?)\{%-?\s*endhighlight\s*-?%\}", re.DOTALL)
_HUGO_HIGHLIGHT = re.compile(r"\{\{[<%]\s*highlight\s+(\w[\w+-]*)?[^>%]*[>%]\}\}\n?(.*?)\{\{[<%]\s*/\s*highlight\s*[>%]\}\}", re.DOTALL)
_WP_CODE = re.compile(r"\[(code|sourcecode)(?:\s[^\]]*?(?:lang(?:uage)?=[\"']?(\w+))?[^\]]*)?\]\n?(.*?)\[/\1\]", re.DOTALL | re.IGNORECASE)
_HUGO = re.compile(r"\{\{[<%]\s*(/?)\s*([\w./-]+)((?:\s+(?:\"[^\"]*\"|'[^']*'|`[^`]*`|[^\s>%\"'`]+|=)+)*)\s*/?\s*[>%]\}\}")
_LIQUID = re.compile(r"\{%-?\s*(\w+)\s*(.*?)\s*-?%\}", re.DOTALL)
_OUTPUT = re.compile(r"\{\{-?\s*((?:site|page|post|config|url_for|collections|eleventy)\b[^{}]*?|[\"'][^\"'{}]*[\"']\s*\|[^{}]*?)\s*-?\}\}")
_WP = re.compile(
    r"\[(/?)(caption|gallery|youtube|vimeo|embed|audio|video|playlist|wp_caption|gist|twitter|soundcloud|more|contact-form|contact-form-7"
    r"|vc_\w+|et_pb_\w+|su_\w+|button|quote|pullquote|toc|slideshow|googlemaps|tweet|instagram|polldaddy|latex)((?:\s+|=)[^\[\]]*)?/?\](?![(\[:])"
)
_ARGUMENT = re.compile(r"(?:([\w-]+)\s*=\s*)?(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`|([^\s\"'`]+))")
_HIDE = "\ue000{}\ue001"
_HIDDEN = re.compile("\ue000(\\d+)\ue001(\n*)")


@dataclass
class Shortcodes:
    """Replaces shortcodes in one body and collects what had to go.

    Attributes:
        path: For problems.
        line: 1-based line of the file on which the body starts.
    """

    path: str
    line: int
    problems: list[Problem] = field(default_factory=list)
    _kept: list[str] = field(default_factory=list)

    def replace(self, body: str) -> str:
        """Give the body with its shortcodes replaced."""
        if "{" not in body and "[" not in body:
            return body
        text = body.replace("\ue000", "").replace("\ue001", "")
        for pattern in (_LIQUID_HIGHLIGHT, _HUGO_HIGHLIGHT):
            text = pattern.sub(lambda m: self._keep(_fence(m[1] or "", m[2])), text)
        text = _WP_CODE.sub(lambda m: self._keep(_fence(m[2] or "", html.unescape(m[3]))), text)
        text = _PROTECTED.sub(lambda m: self._keep(m["raw"] if m["raw"] is not None else m[0]), text)
        text = _HUGO.sub(lambda m: self._hugo(m, text), text)
        text = _LIQUID.sub(lambda m: self._liquid(m, text), text)
        text = _OUTPUT.sub(self._output, text)
        text = _WP.sub(lambda m: self._wordpress(m, text), text)
        return self._bring_back(text)

    def _keep(self, text: str) -> str:
        self._kept.append(text)
        return _HIDE.format(len(self._kept) - 1) + "\n" * text.count("\n")

    def _bring_back(self, text: str) -> str:
        while "\ue000" in text:
            text = _HIDDEN.sub(lambda m: self._kept[int(m[1])] + m[2][self._kept[int(m[1])].count("\n") :], text)
        return text

    def _warn(self, name: str, text: str, position: int) -> str:
        line = self.line + text.count("\n", 0, position)
        found = f"{name} has no meaning here; it was left out."
        self.problems.append(Problem(self.path, line, Level.WARNING, found, "Write plain Markdown or HTML instead."))
        return ""

    def _hugo(self, match: re.Match[str], text: str) -> str:
        name, (named, plain) = match[2].lower(), _arguments(match[3])
        first = plain[0] if plain else ""
        if name == "figure":
            return _figure(named)
        if name in {"youtube", "vimeo", "gist", "tweet", "x", "instagram"}:
            return embed_link(name, named.get("id") or "/".join(plain[:2]) if name == "gist" else named.get("id") or first)
        if name in {"ref", "relref"}:
            return first or named.get("path", "")
        if match[1]:
            return ""
        return self._warn(f"The shortcode {{{{< {match[2]} >}}}}", text, match.start())

    def _liquid(self, match: re.Match[str], text: str) -> str:
        name, rest = match[1].lower(), match[2].strip()
        service = next((service for service in ("youtube", "vimeo", "gist", "tweet", "twitter") if service in name), "")
        if service:
            return embed_link(service, re.split(r"[\s,]+", rest)[0].strip("\"'") if rest else "")
        if name in {"post_url", "link"}:
            return _page_of(rest)
        if name in {"comment", "endcomment", "raw", "endraw"} or name.startswith("end") or name in {"else", "elsif"}:
            return ""
        return self._warn(f"The tag {{% {match[1]} %}}", text, match.start())

    @staticmethod
    def _output(match: re.Match[str]) -> str:
        expression = match[1].split("|")[0].strip()
        if expression[:1] in {'"', "'"}:
            return expression.strip("\"'")
        return ""

    def _wordpress(self, match: re.Match[str], text: str) -> str:
        name, (named, plain) = match[2].lower(), _arguments((match[3] or "").lstrip("= "))
        first = named.get("src") or named.get("mp3") or named.get("mp4") or (plain[0] if plain else "")
        if name in {"caption", "wp_caption", "embed", "quote", "pullquote", "more"}:
            return ""
        if match[1]:
            return ""
        if name in {"youtube", "vimeo", "gist", "tweet", "twitter"}:
            return embed_link(name, named.get("id") or first)
        if name in {"audio", "video"} and first:
            return f'<p><a href="{html.escape(first)}">{name.capitalize()}</a></p>'
        return self._warn(f"The shortcode [{match[2]}]", text, match.start())


def _arguments(text: str) -> tuple[dict[str, str], list[str]]:
    named: dict[str, str] = {}
    plain: list[str] = []
    for match in _ARGUMENT.finditer(text or ""):
        value = next((group for group in match.groups()[1:] if group is not None), "")
        if match[1]:
            named[match[1].lower()] = value
        else:
            plain.append(value)
    return named, plain


def _fence(language: str, code: str) -> str:
    ticks = "`" * max(3, max((len(run) for run in re.findall(r"`+", code)), default=0) + 1)
    return f"\n{ticks}{language}\n{code.rstrip()}\n{ticks}\n"


def _figure(named: dict[str, str]) -> str:
    source, alt = (
        html.escape(named.get("src", "")),
        html.escape(named.get("alt") or named.get("caption") or named.get("title") or ""),
    )
    picture = f'<img src="{source}" alt="{alt}">' if source else ""
    if named.get("link"):
        picture = f'<a href="{html.escape(named["link"])}">{picture}</a>'
    caption = " ".join(html.escape(named[key]) for key in ("title", "caption", "attr") if named.get(key))
    return f"<figure>{picture}{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>"


def embed_link(service: str, identifier: str) -> str:
    """Give a paragraph that links to what a service would have embedded."""
    key = identifier.strip().rstrip("/")
    if "://" in key:
        address = key
    else:
        address = {
            "youtube": f"https://www.youtube.com/watch?v={key}",
            "vimeo": f"https://vimeo.com/{key}",
            "gist": f"https://gist.github.com/{key}",
            "instagram": f"https://www.instagram.com/p/{key}/",
        }.get(service, f"https://twitter.com/i/status/{key}")
    name = {
        "youtube": "Video on YouTube",
        "vimeo": "Video on Vimeo",
        "gist": "Code on GitHub Gist",
        "instagram": "Post on Instagram",
    }
    return f'<p><a href="{html.escape(address)}">{name.get(service, "Post on X")}</a></p>' if key else ""


def _page_of(reference: str) -> str:
    """Give the address Jekyll's ``post_url`` and ``link`` would, as well as a name can tell it."""
    name = reference.strip("\"' ").rpartition("/")[2]
    match = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})-(.+?)(?:\.\w+)?", name)
    return f"/{match[1]}/{match[2]}/{match[3]}/{match[4]}.html" if match else "/" + reference.strip("\"' ")
