"""Frames, players and scripts that no reader shows become links that say what they were."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

_TAG = re.compile(
    r"<(/?)(iframe|object|embed|video|audio|script|noscript)(?=[\s/>])", re.IGNORECASE
)
_REST = re.compile(r"(?:[^>\"']|\"[^\"]*\"|'[^']*')*+>")
_LONGEST = 4000
_ATTRIBUTE = re.compile(r"(?<![\w-])([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")
_SOURCE = re.compile(
    r"<(?:source|embed|param)\b[^<>]*?\b(?:src|value)\s*=\s*[\"']?(https?:[^\"'\s>]+|/[^\"'\s>]+)",
    re.IGNORECASE,
)
_NAMES = {
    "youtube.com": "Video on YouTube",
    "youtube-nocookie.com": "Video on YouTube",
    "youtu.be": "Video on YouTube",
    "vimeo.com": "Video on Vimeo",
    "gist.github.com": "Code on GitHub Gist",
    "soundcloud.com": "Audio on SoundCloud",
    "spotify.com": "Audio on Spotify",
    "codepen.io": "Pen on CodePen",
    "speakerdeck.com": "Slides on Speaker Deck",
    "slideshare.net": "Slides on SlideShare",
    "twitter.com": "Post on X",
    "google.com": "On Google",
}


def replace_embeds(markup: str) -> str:
    """Return HTML whose embeds are paragraphs with a link carrying the embed's title.

    One walk over the tags: an element ends at its closing tag, unless another of its kind opens
    before (then it was never closed).
    """
    tags = list(_TAG.finditer(markup))
    pieces: list[str] = []
    position = 0
    for tag, partner in zip(tags, _partners(tags), strict=True):
        if tag.start() < position:
            continue
        opened = _end_of_tag(markup, tag.end())
        inside = markup[opened : partner.start()] if partner and partner.start() >= opened else None
        shown = _shown(tag, markup[tag.end() : opened], inside or "")
        pieces += [markup[position : tag.start()], shown]
        whole = inside is not None and (shown or tag[2].lower() == "script")
        position = (
            (markup.find(">", partner.end()) + 1 or len(markup)) if partner and whole else opened
        )
    return "".join([*pieces, markup[position:]]) if tags else markup


def _end_of_tag(markup: str, position: int) -> int:
    """Return where a tag ends.

    A ``>`` in a quoted value does not end it, unless its quote is never closed.
    """
    quoted = _REST.match(markup, position, position + _LONGEST)
    return quoted.end() if quoted else markup.find(">", position) + 1 or len(markup)


def _partners(tags: list[re.Match[str]]) -> list[re.Match[str] | None]:
    """Return for each opening tag the closing one that follows before another opens, else None."""
    following: dict[str, re.Match[str]] = {}
    partners: list[re.Match[str] | None] = []
    for tag in reversed(tags):
        kind = tag[2].lower()
        after = following.get(kind)
        partners.append(after if after is not None and after[1] and not tag[1] else None)
        if (
            kind != "script" or tag[1]
        ):  # a script's text may hold "<script": it ends at the next closing tag
            following[kind] = tag
    return partners[::-1]


def _shown(tag: re.Match[str], attributes: str, inside: str) -> str:
    """Return what stands for an element.

    It is nothing for closing tags, ``noscript`` and what has no address.
    """
    kind = tag[2].lower()
    if tag[1] or kind == "noscript":
        return ""
    if kind == "script":
        return _script(_attributes(attributes))
    return _embed(kind, _attributes(attributes), inside)


def _attributes(text: str) -> dict[str, str]:
    found = {}
    for match in _ATTRIBUTE.finditer(text):
        found[match[1].lower()] = html.unescape(
            next(group for group in match.groups()[1:] if group is not None)
        )
    return found


def _script(attributes: dict[str, str]) -> str:
    source = attributes.get("src", "")
    if "gist.github.com" not in source:
        return ""
    return _link(re.sub(r"\.js(?=$|\?)", "", source), "Code on GitHub Gist")


def _embed(kind: str, attributes: dict[str, str], inside: str) -> str:
    source = attributes.get("src") or attributes.get("data-src") or attributes.get("data") or ""
    if not source:
        found = _SOURCE.search(inside)
        source = html.unescape(found[1]) if found else ""
    source = source.strip()
    if not source or source.lower().startswith(("about:", "javascript:", "data:")):
        return ""
    address, name = _page(source)
    title = (
        attributes.get("title")
        or attributes.get("aria-label")
        or name
        or {"video": "Video", "audio": "Audio"}.get(kind)
    )
    return _link(address, title or f"Embedded page on {_host(address)}")


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or "this site"
    except ValueError:
        return "the web"


def _page(source: str) -> tuple[str, str]:
    """Return the page a frame shows, for people, and what to call it."""
    source = f"https:{source}" if source.startswith("//") else source
    try:
        parts = urlsplit(source)
    except ValueError:
        return source, ""
    host = (parts.hostname or "").removeprefix("www.")
    name = next(
        (
            label
            for domain, label in _NAMES.items()
            if host == domain or host.endswith(f".{domain}")
        ),
        "",
    )
    video = re.fullmatch(r"/(?:embed|v)/([\w-]+)", parts.path)
    if name == "Video on YouTube" and video and video[1] != "videoseries":
        start = parse_qs(parts.query).get("start", [""])[0]
        return (
            f"https://www.youtube.com/watch?v={video[1]}{f'&t={start}' if start.isdigit() else ''}",
            name,
        )
    player = re.fullmatch(r"/video/(\d+)", parts.path)
    if host == "player.vimeo.com" and player:
        return f"https://vimeo.com/{player[1]}", name
    return source, name


def _link(address: str, title: str) -> str:
    return f'<p><a href="{html.escape(address)}">{html.escape(title)}</a></p>'
