"""Shorten HTML that Gmail would clip, at a block boundary, with a link to the rest."""

from __future__ import annotations

from lxml import html as lxml_html

LIMIT = 100_000
"""Bytes; Gmail clips at 102 KB and hides the unsubscribe link with the rest."""

_HEAD = 3 * LIMIT
_AROUND = len("<!doctype html>\n\n")
_MARK = "article-body"
_REST = "rest-on-the-web"


def shorten(root: lxml_html.HtmlElement) -> bool:
    """Bring a document down to ``LIMIT`` bytes, in place, and return whether anything had to go.

    The last blocks of the longest ``article-body`` go first; the ``rest-on-the-web`` line beside it
    is shown instead, and removed where nothing was cut.
    """
    cut: set[object] = set()
    excess = _size(root) + _AROUND - LIMIT
    sizes = {body: _size(body) for body in root.find_class(_MARK)} if excess > 0 else {}
    while excess > 0 and sizes:
        body = max(sizes, key=sizes.__getitem__)
        dropped = _drop_last(body)
        if not dropped:
            break
        excess, sizes[body] = excess - dropped, sizes[body] - dropped
        cut.add(body)
    for rest in root.find_class(_REST):
        owner = rest.getprevious()
        if owner not in cut:
            rest.drop_tree()
    return bool(cut)


def head_of(content: str) -> str:
    """Return the first blocks of safe HTML.

    There are more than ``LIMIT`` bytes of them where it has more, but no more than styles are
    inlined in at ease.

    What :func:`shorten` would drop anyway takes premailer longest: seven seconds for five
    megabytes.
    """
    if len(content) <= _HEAD:
        return content
    root = lxml_html.fragment_fromstring(content, create_parent="div")
    _keep(root, _HEAD)
    inside: str = lxml_html.tostring(root, encoding="unicode")
    return inside.removeprefix("<div>").removesuffix("</div>").strip()


def _keep(element: lxml_html.HtmlElement, room: int) -> int:
    """Keep children while there is room for them; return the room that is left."""
    for child in list(element):
        if room <= 0:
            element.remove(child)
            continue
        size = _size(child)
        room = _keep(child, room) if size > _HEAD and _last(child) is not None else room - size
    return room


def _drop_last(body: lxml_html.HtmlElement) -> int:
    """Drop the last block, or look inside it where it is the only one.

    Return how many bytes went, 0 where there is none.

    Children are never counted, nor is what stays: both take as long as there is much.
    """
    last = _last(body)
    while last is not None and last.getprevious() is None and (inside := _last(last)) is not None:
        last = inside
    if last is None:
        return 0
    size = _size(last)
    last.getparent().remove(last)
    return size


def _last(element: lxml_html.HtmlElement) -> lxml_html.HtmlElement | None:
    return next(element.iterchildren(reversed=True), None)


def _size(element: lxml_html.HtmlElement) -> int:
    return len(lxml_html.tostring(element, encoding="utf-8"))
