"""The allow-list: what may stand in a feed entry and in a mail.

Everything absolute, balanced, and nothing that runs.
"""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import quote, urljoin, urlsplit

import nh3

from publisher.errors import FORBIDDEN
from publisher.markup.styles import PICTURE, TEXT, bound, bounds_as_data, picture_style, text_style
from publisher.system.urls import URL_SAFE, mend_percents

_ILLEGAL = re.compile(f"{FORBIDDEN.pattern[:-1]}\x85\ufffd]")
"""What no text of ours may hold; nor a line end of EBCDIC, nor what stands for a lost character."""
_TAGS = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "blockquote", "br", "caption", "cite", "code", "col",
    "colgroup", "dd", "del", "details",
    "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "img", "ins", "kbd",
    "li", "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong",
    "sub", "summary", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "u", "ul", "var", "wbr",
})  # fmt: skip
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"id", "lang", "dir", "title"},
    "a": {"href", "hreflang"},
    "img": {"src", "alt", "width", "height", "style", "data-max-width"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "time": {"datetime"},
    "pre": {"style"},
    "span": {"style"},
}
_DROPPED = frozenset(
    {
        "script",
        "style",
        "title",
        "template",
        "textarea",
        "select",
        "svg",
        "math",
        "noembed",
        "noframes",
        "head",
    }
)
# No data: and no javascript:, of course; no file: either, which would name the author's own disk.
_SCHEMES = frozenset({"http", "https", "mailto", "tel", "ftp", "geo", "xmpp", "gemini"})
_BLOCKS = re.compile(
    r"<(/?)(?:article|section|center|main|header|footer|nav|aside|address|dialog|hgroup|fieldset)"
    r"(?=[\s/>])",
    re.IGNORECASE,
)
# Old posts have HTML 4's names for what is kept under newer ones.
_NEWER = {"strike": "s", "tt": "code", "acronym": "abbr"}
_OLDER = re.compile(r"<(/?)(strike|tt|acronym)(?=[\s/>])", re.IGNORECASE)
_ANCHOR = re.compile(r"<a(?: [^>]*)?>|</a>")
_NO_SOURCE = re.compile(r"<img(?![^>]* src=\")[^>]*>")
_ALT = re.compile(r' alt="([^"]*)"')
_OPENED = re.compile(r"<(/?)([a-z][^\s/>]*)", re.IGNORECASE)
_NOT_NESTING = frozenset(
    {"p", "li", "td", "th", "tr", "dt", "dd", "br", "img", "hr", "input", "wbr", "col", "source",
    "track", "param", "embed", "link", "meta",
     "area", "base", "option", "thead", "tbody", "tfoot", "colgroup", "rp", "rt", "a"}
)  # fmt: skip
# lxml silently loses everything below depth 255 without huge_tree.
_DEEPEST = 200
_LAST_PORT = 65_535
_INPUT = re.compile(r"<input\b[^<>]*>", re.IGNORECASE)
_CHECKBOX = re.compile(r"\btype=[\"']?checkbox\b")
_CENTERED = re.compile(
    r"(<t[dh]\b[^<>]*?) style=\"text-align:\s*(left|right|center)\"", re.IGNORECASE
)
_EMPTY = re.compile(r"<a(?: (?:id|title|hreflang)=\"[^\"]*\")*>\s*</a>|<p>\s*</p>")


def clean(markup: str, base_url: str) -> str:
    """Return safe, balanced HTML with absolute addresses.

    Args:
        markup: Any HTML at all.
        base_url: Address of the post's page, for relative links, pictures and fragments.
    """
    text = without_illegal(markup)
    # Mail clients and feed readers drop inputs: a task list would lose what it says.
    text = _INPUT.sub(_checkbox, text)
    # Markdown's tables align by style, which is not kept in cells; the old attribute is.
    text = _CENTERED.sub(r'\1 align="\2"', text)
    text = _BLOCKS.sub(r"<\1div", text)
    text = _OLDER.sub(lambda match: f"<{match[1]}{_NEWER[match[2].lower()]}", text)
    # Once more: references such as &#7; are characters only after parsing.
    safe = _ILLEGAL.sub("", _cleaner(base_url).clean(text))
    safe = bounds_as_data(safe)
    safe = _plain_anchors(_NO_SOURCE.sub(_alternative, safe))
    # What was emptied may have been all that its parent held.
    while (emptied := _EMPTY.sub("", safe)) != safe:
        safe = emptied
    return safe.strip()


def without_illegal(text: str) -> str:
    """Take out what XML forbids or the W3C feed validator calls bad.

    That is controls, lone surrogates and U+FFFD.
    """
    return _ILLEGAL.sub("", text.replace("\x85", "\n"))


def too_deep(markup: str) -> bool:
    """Return whether HTML nests so deeply that readers and parsers give up on it.

    Elements whose end may be left out do not count: old posts have hundreds of ``<p>`` that are
    never closed.
    """
    opened: Counter[str] = Counter()
    depth = deepest = 0
    for closing, name in _OPENED.findall(markup):
        kind = name.lower()
        if kind in _NOT_NESTING or (closing and not opened[kind]):
            continue
        step = -1 if closing else 1
        opened[kind] += step
        depth += step
        deepest = max(deepest, depth)
    return deepest > _DEEPEST


def _plain_anchors(markup: str) -> str:
    """Take out anchors that lead nowhere and have no name, and keep their text.

    The markup is balanced.
    """
    opened: list[bool] = []

    def kept(match: re.Match[str]) -> str:
        if match[0] == "</a>":
            return match[0] if not opened or opened.pop() else ""
        opened.append(" href=" in match[0] or " id=" in match[0])
        return match[0] if opened[-1] else ""

    return _ANCHOR.sub(kept, markup)


def _alternative(match: re.Match[str]) -> str:
    found = _ALT.search(match[0])
    return found[1] if found else ""


def _checkbox(match: re.Match[str]) -> str:
    tag = match[0].lower()
    if not _CHECKBOX.search(tag):
        return match[0]
    return "☑ " if "checked" in tag else "☐ "


def _cleaner(base_url: str) -> nh3.Cleaner:
    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute in {"href", "src", "cite"}:
            return absolute(value, base_url, picture=tag == "img" and attribute == "src")
        if attribute in {"width", "height"}:
            return _pixels(value)
        if attribute == "style":
            return picture_style(value) if tag == "img" else text_style(value)
        if attribute == "data-max-width":
            return bound(value)
        return value

    return nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED),
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        filter_style_properties=set(TEXT | PICTURE),
        strip_comments=True,
        # nh3 would write a rel into every link: words that no author wrote.
        link_rel=None,
        generic_attribute_prefixes=None,
        url_schemes=set(_SCHEMES),
    )


def _pixels(value: str) -> str | None:
    """Return a width or height in pixels (``300px`` too), or None for percent and other units."""
    found = re.fullmatch(
        r"\s*([0-9]{1,5})(?:\.[0-9]{1,9})?\s*(?:px)?\s*", value, re.IGNORECASE | re.ASCII
    )
    return found[1] if found else None


def absolute(value: str, base_url: str, *, picture: bool = False) -> str | None:
    """Return a reference as an absolute, valid address, or None where it cannot be one."""
    # As browsers do (WHATWG URL): an address that is folded over two lines is one address.
    text = re.sub(r"[\t\r\n]", "", value.strip())
    if not text and picture:
        return None
    try:
        url = urljoin(base_url, text)
        parts = urlsplit(url)
        host = _host(parts.netloc)
    except (ValueError, UnicodeError):
        return None
    scheme = parts.scheme.lower()
    if scheme not in _SCHEMES or (picture and scheme not in {"http", "https"}):
        return None
    if scheme in {"http", "https"} and not host:
        return None
    authority = f"//{host}" if parts.netloc else ""
    query = f"?{_quoted(parts.query)}" if parts.query else ""
    fragment = f"#{_quoted(parts.fragment).replace('#', '%23')}" if parts.fragment else ""
    return f"{scheme}:{authority}{_quoted(parts.path).replace('?', '%3F')}{query}{fragment}"


def _quoted(text: str) -> str:
    return mend_percents(quote(text, safe=f"{URL_SAFE}[]?", errors="replace"))


def _host(netloc: str) -> str:
    """Return a valid authority; a name that is none is refused."""
    user, at, host = netloc.rpartition("@")
    name, colon, port = host.partition(":") if not host.startswith("[") else (host, "", "")
    if not name.isascii():
        # RSS knows no IRIs, and an A-label is read everywhere (RFC 5890).
        name = name.encode("idna").decode("ascii")
    if name and not re.fullmatch(r"[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\]", name):
        raise ValueError("no host name")
    if port and not (re.fullmatch(r"[0-9]{1,5}", port) and int(port) <= _LAST_PORT):
        raise ValueError("no port")
    return f"{quote(user, safe=':')}{at}{name}{colon if port else ''}{port}"
