"""The allow-list: what may stand in a feed entry and in a mail. Everything absolute, balanced, and nothing that runs."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

import nh3

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "u",
        "ul",
        "var",
    ]
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"id", "lang", "dir", "title"},
    "a": {"href", "hreflang"},
    "img": {"src", "alt", "width", "height"},
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
_STYLES = frozenset(
    {"background-color", "color", "font-family", "font-size", "font-style", "font-weight", "line-height", "padding",
     "text-decoration", "white-space"}
)  # fmt: skip
_DROPPED = frozenset({"script", "style", "title", "template", "textarea", "select", "svg", "math", "noembed", "noframes", "head"})
_SCHEMES = frozenset({"http", "https", "mailto", "tel", "ftp", "geo", "xmpp", "gemini"})
_SAFE = "/%:@!$&'()*+,;=-._~[]"
_CHECKBOX = re.compile(r"<input\b[^>]*type=[\"']?checkbox[\"']?[^>]*>", re.IGNORECASE)
_CENTERED = re.compile(r"(<t[dh]\b[^>]*?) style=\"text-align:\s*(left|right|center)\"", re.IGNORECASE)
_EMPTY = re.compile(r"<a(?: (?:id|title|hreflang)=\"[^\"]*\")*>\s*</a>|<p>\s*</p>")


def clean(markup: str, base_url: str) -> str:
    """Give safe, balanced HTML with absolute addresses.

    Args:
        markup: Any HTML at all.
        base_url: Address of the post's page, for relative links, pictures and fragments.
    """
    text = _ILLEGAL.sub("", markup)
    text = _CHECKBOX.sub(lambda match: "☑ " if "checked" in match[0].lower() else "☐ ", text)
    text = _CENTERED.sub(r'\1 align="\2"', text)
    cleaner = _cleaner(base_url)
    return _EMPTY.sub("", cleaner.clean(text)).strip()


def _cleaner(base_url: str) -> nh3.Cleaner:
    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute in {"href", "src", "cite"}:
            return absolute(value, base_url, picture=tag == "img" and attribute == "src")
        if attribute in {"width", "height"}:
            return value if re.fullmatch(r"\d{1,5}", value) else None
        if attribute == "style":
            return value if "url" not in value.lower() and "expression" not in value.lower() else None
        return value

    return nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED),
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        filter_style_properties=set(_STYLES),
        strip_comments=True,
        link_rel=None,
        generic_attribute_prefixes=None,
        url_schemes=set(_SCHEMES),
    )


def absolute(value: str, base_url: str, *, picture: bool = False) -> str | None:
    """Give a reference as an absolute, valid address, or None where it cannot be one."""
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
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", quote(text, safe=_SAFE + "?", errors="replace"))


def _host(netloc: str) -> str:
    """Give a valid authority; a name that is none is refused."""
    user, at, host = netloc.rpartition("@")
    name, colon, port = host.partition(":") if not host.startswith("[") else (host, "", "")
    if not name.isascii():
        name = name.encode("idna").decode("ascii")
    if name and not re.fullmatch(r"[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\]", name):
        raise ValueError("no host name")
    if port and not port.isdigit():
        raise ValueError("no port")
    return f"{quote(user, safe=':')}{at}{name}{colon if port else ''}{port}"
