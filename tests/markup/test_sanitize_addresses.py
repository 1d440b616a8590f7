"""Every address that leaves is absolute and valid."""

from __future__ import annotations

import pytest

from publisher.markup.models import Markup
from publisher.markup.render import render
from publisher.markup.sanitize import absolute

BASE = "https://example.org/2024/a-post/"

ADDRESSES = {
    "relative": ("b.png", "https://example.org/2024/a-post/b.png"),
    "up": ("../x/", "https://example.org/2024/x/"),
    "root": ("/about", "https://example.org/about"),
    "fragment": ("#fn1", "https://example.org/2024/a-post/#fn1"),
    "query alone": ("?page=2", "https://example.org/2024/a-post/?page=2"),
    "without a scheme": ("//cdn.example/x.js", "https://cdn.example/x.js"),
    "absolute": ("http://other.example/", "http://other.example/"),
    "mail": ("mailto:a@example.org", "mailto:a@example.org"),
    "telephone": ("tel:+4912345", "tel:+4912345"),
    "spaces": (" a b.png ", "https://example.org/2024/a-post/a%20b.png"),
    "letters beyond ASCII": ("/füße?q=ü#ö", "https://example.org/f%C3%BC%C3%9Fe?q=%C3%BC#%C3%B6"),
    "name beyond ASCII": ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    "forbidden characters": ("/a|b^c`{}\\", "https://example.org/a%7Cb%5Ec%60%7B%7D%5C"),
    "already encoded": ("/a%20b", "https://example.org/a%20b"),
    "lone per cent": ("/100%", "https://example.org/100%25"),
    "user and port": ("https://u:p@h.example:8080/", "https://u:p@h.example:8080/"),
}


@pytest.mark.parametrize(("written", "expected"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_an_address_becomes_absolute_and_valid(written: str, expected: str) -> None:
    """References are joined to the post's page, and what a URI may not hold is encoded."""
    assert absolute(written, BASE) == expected


@pytest.mark.parametrize(
    "written",
    [
        "http://[bad/",
        "http://",
        "javascript:x",
        "data:text/plain,x",
        "http://a b/",
        "http://h:99999/",
        "file:///etc",
    ],
)
def test_an_address_that_cannot_be_valid_is_refused_and_its_text_kept(written: str) -> None:
    """A link that leads nowhere would be an error in every validator."""
    assert absolute(written, BASE) is None
    assert (
        render(f'<p>see <a href="{written}">this</a></p>', Markup.HTML, base_url=BASE).html
        == "<p>see this</p>"
    )


def test_a_picture_without_an_address_leaves_its_description() -> None:
    """The words for people who see no pictures are all there is."""
    assert (
        render(
            '<p><img src="data:image/png;base64,x" alt="A cat"></p>', Markup.HTML, base_url=BASE
        ).html
        == "<p>A cat</p>"
    )


def test_pictures_are_listed_in_order_once() -> None:
    """Feeds and previews take the first picture of a body."""
    rendered = render("![](b.png) ![](/a.png?x=1&y=2) ![](b.png)", Markup.MARKDOWN, base_url=BASE)
    assert rendered.images == (
        "https://example.org/2024/a-post/b.png",
        "https://example.org/a.png?x=1&y=2",
    )


def test_numeric_sizes_are_kept_and_others_dropped() -> None:
    """A width in per cent or with a unit is no HTML attribute."""
    html = render('<img src="/a.png" width="300" height="50%">', Markup.HTML, base_url=BASE).html
    assert 'width="300"' in html
    assert "height" not in html
