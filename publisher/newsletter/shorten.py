"""Shorten HTML that Gmail would clip, at a block boundary, with a link to the rest."""

from __future__ import annotations

from lxml import html as lxml_html

LIMIT = 100_000
"""Bytes; Gmail clips at 102 KB and hides the unsubscribe link with the rest."""

_MARK = "article-body"
_REST = "rest-on-the-web"


def shorten(html: str) -> tuple[str, bool]:
    """Give HTML of at most ``LIMIT`` bytes, and whether it had to be shortened.

    The last blocks of the longest ``article-body`` go first; the ``rest-on-the-web`` line beside it is shown instead, and removed
    where nothing was cut.
    """
    root = lxml_html.document_fromstring(html)
    bodies = root.find_class(_MARK)
    cut: set[object] = set()
    size = len(html.encode())
    while size > LIMIT:
        body = max(bodies, key=lambda element: len(lxml_html.tostring(element)), default=None)
        if body is None or not len(body):
            break
        size -= _drop_last(body, size - LIMIT)
        cut.add(body)
    for rest in root.find_class(_REST):
        owner = rest.getprevious()
        if owner not in cut:
            rest.drop_tree()
    return _serialise(root), bool(cut)


def _drop_last(body: lxml_html.HtmlElement, excess: int) -> int:
    """Drop the last block, or look inside it where it is the only one; give the bytes that went."""
    last = body[-1]
    if len(body) == 1 and len(last) and len(lxml_html.tostring(last)) > excess:
        return _drop_last(last, excess)
    size = len(lxml_html.tostring(last, encoding="utf-8"))
    body.remove(last)
    return size


def _serialise(root: lxml_html.HtmlElement) -> str:
    text: str = lxml_html.tostring(root, encoding="unicode", doctype="<!doctype html>")
    return text + "\n"
