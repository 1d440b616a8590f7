"""Frames, players and scripts that no reader shows become links that say what they were."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

_EMBED = re.compile(
    r"<(?P<tag>iframe|object|embed|video|audio)\b(?P<attributes>[^>]*?)/?>(?:(?P<inside>(?:(?!<(?P=tag)\b).)*?)</(?P=tag)\s*>)?",
    re.DOTALL | re.IGNORECASE,
)
_SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>.*?(?:</script\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_NOSCRIPT = re.compile(r"</?noscript\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")
_SOURCE = re.compile(r"<(?:source|embed|param)\b[^>]*?\b(?:src|value)\s*=\s*[\"']?(https?:[^\"'\s>]+|/[^\"'\s>]+)", re.IGNORECASE)
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
    """Give HTML whose embeds are paragraphs with a link carrying the embed's title."""
    if "<" not in markup:
        return markup
    markup = _SCRIPT.sub(_script, markup)
    markup = _EMBED.sub(_embed, markup)
    return _NOSCRIPT.sub("", markup)


def _attributes(text: str) -> dict[str, str]:
    found = {}
    for match in _ATTRIBUTE.finditer(text):
        found[match[1].lower()] = html.unescape(next(group for group in match.groups()[1:] if group is not None))
    return found


def _script(match: re.Match[str]) -> str:
    source = _attributes(match["attributes"]).get("src", "")
    if "gist.github.com" not in source:
        return ""
    address = re.sub(r"\.js(?=$|\?)", "", source)
    return _link(address, "Code on GitHub Gist")


def _embed(match: re.Match[str]) -> str:
    attributes, inside = _attributes(match["attributes"]), match["inside"] or ""
    source = attributes.get("src") or attributes.get("data-src") or attributes.get("data") or ""
    if not source:
        found = _SOURCE.search(inside)
        source = html.unescape(found[1]) if found else ""
    if not source or source.lower().startswith(("about:", "javascript:", "data:")):
        return re.sub(r"<(?:source|track|param)\b[^>]*>", "", inside)
    tag = match["tag"].lower()
    address, name = _page(source)
    title = attributes.get("title") or attributes.get("aria-label") or name or ({"video": "Video", "audio": "Audio"}.get(tag))
    return _link(address, title or f"Embedded page on {urlsplit(address).hostname or 'the web'}")


def _page(source: str) -> tuple[str, str]:
    """Give the page a frame shows, for people, and what to call it."""
    source = f"https:{source}" if source.startswith("//") else source
    try:
        parts = urlsplit(source)
    except ValueError:
        return source, ""
    host = (parts.hostname or "").removeprefix("www.")
    name = next((label for domain, label in _NAMES.items() if host == domain or host.endswith(f".{domain}")), "")
    video = re.fullmatch(r"/(?:embed|v)/([\w-]+)", parts.path)
    if name == "Video on YouTube" and video and video[1] != "videoseries":
        start = parse_qs(parts.query).get("start", [""])[0]
        return f"https://www.youtube.com/watch?v={video[1]}{f'&t={start}' if start.isdigit() else ''}", name
    player = re.fullmatch(r"/video/(\d+)", parts.path)
    if host == "player.vimeo.com" and player:
        return f"https://vimeo.com/{player[1]}", name
    return source, name


def _link(address: str, title: str) -> str:
    return f'<p><a href="{html.escape(address)}">{html.escape(title)}</a></p>'
