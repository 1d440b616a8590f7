"""Shortcodes of WordPress, Hugo, Liquid and Nunjucks.

The few with an obvious meaning become HTML, the rest goes with a warning.

Nothing is executed. Code samples that show shortcodes were taken out before
(:mod:`publisher.markup.protection`). Of ``{{ expressions }}``, addresses of the site become nothing
(the rest of the path is joined to it), quoted strings become themselves, other variables of a
generator go with a warning, and whatever else stands in double braces stays as written.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from publisher.errors import Level, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

_HUGO = re.compile(
    r"\{\{[<%]\s*(/?)\s*([\w./-]++)((?:\"[^\"]*+\"|'[^']*+'|`[^`]*+`|[^\"'`{}])*?)[>%]\}\}"
)
_LIQUID = re.compile(r"\{%-?\s*(\w++)((?:(?!\{%|%\}).)*+)%\}", re.DOTALL)
_OUTPUT = re.compile(
    r"\{\{-?\s*((?:site|page|post|config|collections|eleventy)(?:\.[\w.\[\]'\"-]++|[ \t]*\|)[^{}]*"
    r"|SITEURL[^{}]*|[\"'][^\"'{}]*[\"']\s*\|[^{}]*)\}\}"
)
_WP = re.compile(
    r"\[(/?)(caption|gallery|youtube|vimeo|embed|audio|video|playlist|wp_caption|gist|twitter"
    r"|soundcloud|more|contact-form|contact-form-7"
    r"|vc_\w+|et_pb_\w+|su_\w+|button|quote|pullquote|toc|slideshow|googlemaps|tweet|instagram"
    r"|polldaddy|latex)((?:\s|=)[^\[\]]*+)?/?\]",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"\[(?:wp_)?caption\b([^\[\]]*)\]((?:(?!\[(?:wp_)?caption\b).)*?)\[/(?:wp_)?caption\]",
    re.DOTALL | re.IGNORECASE,
)
_PICTURE = re.compile(
    r"((?:<a\b[^<>]*>\s*)?<img\b[^<>]*>(?:\s*</a>)?)(.*)", re.DOTALL | re.IGNORECASE
)
_ARGUMENT = re.compile(r"(?:([\w-]+)\s*=\s*)?(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`|([^\s\"'`]+))")
_NAMED = re.compile(r"(?:^|\s)[\w-]+(?:=|\s*=\s*[\"'])")
_ADDRESS = re.compile(r"site\.(?:base)?url|SITEURL")
_WORDS = frozenset({
    "embed", "audio", "video", "gist", "twitter", "more", "button", "quote", "pullquote", "tweet",
    "instagram", "latex", "youtube", "vimeo", "soundcloud", "playlist", "caption",
})  # fmt: skip
_YOUTUBE = 11
"""Characters of a video's identifier."""
_NEAR = 40
_SERVICES = ("youtube", "vimeo", "gist", "tweet", "twitter", "instagram")


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
    _counted: tuple[int, int] = (0, 0)

    def replace(self, text: str) -> str:
        """Return text, from which code was taken out, with its shortcodes replaced."""
        if "{" in text:
            text = self._replaced(_HUGO, self._hugo, text)
            text = self._replaced(_LIQUID, self._liquid, text)
            text = self._replaced(_OUTPUT, self._output, text)
        if "[" in text:
            text = _CAPTION.sub(_captioned, text)
            closed = _closed(text)
            text = self._replaced(_WP, lambda match: self._wordpress(match, closed), text)
        return text

    def _replaced(
        self, pattern: re.Pattern[str], by: Callable[[re.Match[str]], str], text: str
    ) -> str:
        self._counted = (0, 0)
        return pattern.sub(by, text)

    def _warn(self, name: str, match: re.Match[str]) -> str:
        position, lines = self._counted
        lines += match.string.count("\n", position, match.start())
        self._counted = (match.start(), lines)
        line = self.line + lines
        found = f"{name} has no meaning here; it was left out."
        self.problems.append(
            Problem(self.path, line, Level.WARNING, found, "Write plain Markdown or HTML instead.")
        )
        return ""

    def _hugo(self, match: re.Match[str]) -> str:
        name, (named, plain) = match[2].lower(), _arguments(match[3].rstrip(" /"))
        first = plain[0] if plain else ""
        if match[1]:
            return ""
        if name == "figure":
            return _figure(named)
        if name in {"youtube", "vimeo", "tweet", "x", "instagram"} and (named or first):
            return embed_link(name, named.get("id") or first)
        if name == "gist" and plain:
            return embed_link(name, "/".join(plain[:2]))
        if name in {"ref", "relref"}:
            return _hugo_page(first or named.get("path", ""))
        return self._warn(f"The shortcode {{{{< {match[2]} >}}}}", match)

    def _liquid(self, match: re.Match[str]) -> str:
        name, rest = match[1].lower(), match[2].strip().rstrip("-").strip()
        service = next((service for service in _SERVICES if service in name), "")
        if service and rest:
            return embed_link(service, re.split(r"[\s,]+", rest)[0].strip("\"'"))
        if name in {"post_url", "link"}:
            return _page_of(rest)
        if name.startswith("end") or name in {"comment", "raw", "else", "elsif", "elseif", "elif"}:
            return ""
        return self._warn(f"The tag {{% {match[1]} %}}", match)

    def _output(self, match: re.Match[str]) -> str:
        expression = match[1].split("|")[0].rstrip("- \t\n")
        if expression[:1] in {'"', "'"}:
            return expression.strip("\"'")
        if _ADDRESS.fullmatch(expression):
            return ""
        return self._warn(f"The expression {{{{ {expression} }}}}", match)

    def _wordpress(self, match: re.Match[str], closed: frozenset[int]) -> str:
        if not _is_tag(match, closed):
            return match[0]
        name, (named, plain) = match[2].lower(), _arguments((match[3] or "").lstrip("= "))
        first = (
            named.get("src") or named.get("mp3") or named.get("mp4") or (plain[0] if plain else "")
        )
        if match[1] or name in {
            "caption",
            "wp_caption",
            "embed",
            "quote",
            "pullquote",
            "more",
            "toc",
        }:
            return ""
        if name in _SERVICES and (named.get("id") or first):
            return embed_link(name, html.unescape(named.get("id") or first))
        if name in {"audio", "video"} and first:
            return f'<p><a href="{html.escape(first)}">{name.capitalize()}</a></p>'
        return self._warn(f"The shortcode [{match[2]}]", match)


def _is_tag(match: re.Match[str], closed: frozenset[int]) -> bool:
    """Check whether brackets that begin with a shortcode's name are one, not the author's words.

    A tag has arguments of the form ``name=``, an address as its only argument, a closer, or a line
    of its own; it is no link's text (``(``, ``[`` or ``:`` behind it), no picture's, and not
    escaped as WordPress (``[[gallery]]``) or Markdown do it.
    """
    text, arguments = match.string, (match[3] or "").strip()
    before = text[max(match.start() - 1, 0) : match.start()]
    behind = text[match.end() : match.end() + 1]
    if (
        before in {"[", "!", "\\"}
        or behind in {"(", ":"}
        or (behind == "[" and not _WP.match(text, match.end()))
    ):
        return False
    if match[1] or match.start() in closed or arguments.startswith("=") or _NAMED.search(arguments):
        return True
    alone = arguments and not any(character.isspace() for character in arguments)
    if alone and "://" in arguments:
        return True
    if not _has_its_line(match) or match[2].lower() in _WORDS - set(_SERVICES):
        return False
    identifier = alone and (
        any(character.isdigit() for character in arguments) or len(arguments) == _YOUTUBE
    )
    return bool(identifier) if arguments else match[2].lower() not in _WORDS


def _has_its_line(match: re.Match[str]) -> bool:
    """Check whether nothing else stands on a tag's line, or in its HTML element but a link."""
    before = match.string[max(match.start() - _NEAR, 0) : match.start()]
    after = match.string[match.end() : match.end() + _NEAR]
    begins = not before.rpartition("\n")[2].strip(" \t") and (
        "\n" in before or match.start() <= len(before)
    )
    ends = not after.partition("\n")[0].strip(" \t") and (
        "\n" in after or match.end() + len(after) == len(match.string)
    )
    opened = before.rstrip().endswith(">")
    closing = after.lstrip().startswith("<") and not after.lstrip().lower().startswith("</a")
    return (begins or opened) and (ends or closing)


def _closed(text: str) -> frozenset[int]:
    """Return where the tags begin that a closer of their name follows before another such tag."""
    opened: dict[str, int] = {}
    closed = set()
    for match in _WP.finditer(text):
        name = match[2].lower()
        if not match[1]:
            opened[name] = match.start()
        elif name in opened:
            closed.add(opened.pop(name))
    return frozenset(closed)


def _captioned(match: re.Match[str]) -> str:
    named, _ = _arguments(match[1])
    picture = _PICTURE.match(match[2].strip())
    if picture is None:
        return match[2]
    words = picture[2].strip() or html.escape(html.unescape(named.get("caption", "")))
    caption = f"<figcaption>{words}</figcaption>" if words else ""
    return f"<figure>{picture[1]}{caption}</figure>" + "\n" * (
        match[0].count("\n") - picture[0].count("\n")
    )


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


def _figure(named: dict[str, str]) -> str:
    source = html.escape(named.get("src", ""))
    alt = html.escape(named.get("alt") or named.get("caption") or named.get("title") or "")
    picture = f'<img src="{source}" alt="{alt}">' if source else ""
    if named.get("link"):
        picture = f'<a href="{html.escape(named["link"])}">{picture}</a>'
    caption = " ".join(
        html.escape(named[key]) for key in ("title", "caption", "attr") if named.get(key)
    )
    return f"<figure>{picture}{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>"


def embed_link(service: str, identifier: str) -> str:
    """Return a paragraph that links to what a service would have embedded."""
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
    return (
        f'<p><a href="{html.escape(address)}">{name.get(service, "Post on X")}</a></p>'
        if key
        else ""
    )


def _page_of(reference: str) -> str:
    """Return what Jekyll's ``post_url`` and ``link`` would, as well as a name can tell it."""
    reference = reference.strip("\"' ")
    name = reference.rpartition("/")[2]
    match = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})-(.+?)(?:\.\w+)?", name)
    if match:
        return f"/{match[1]}/{match[2]}/{match[3]}/{match[4]}.html"
    return "/" + re.sub(r"\.(?:md|markdown)$", ".html", reference)


def _hugo_page(reference: str) -> str:
    """Return the address Hugo's ``ref`` would with its usual addresses.

    It is a file's path without its ending.
    """
    path, mark, fragment = reference.partition("#")
    path = re.sub(r"(?:(?:^|/)_?index)?\.\w+$", "", path)
    return (f"/{path.strip('/')}/" if path.strip("/") else "") + mark + fragment
