"""A post's HTML in a mail.

Pictures have widths, code looks like code, authors' colours are gone.
"""

from __future__ import annotations

import pytest
from lxml import html as lxml_html

from publisher.markup.sanitize import clean
from publisher.newsletter.colours import READABLE, contrast
from publisher.newsletter.mail_html import mail_safe

SITE = "https://example.org/"


def _one(markup: str, tag: str, widths: dict[str, int] | None = None) -> lxml_html.HtmlElement:
    shown = mail_safe(markup, (widths or {}).get)
    (found,) = lxml_html.fragment_fromstring(shown, create_parent="div").iter(tag)
    return found


@pytest.mark.parametrize(
    ("markup", "width"),
    [
        pytest.param(
            '<p><img src="https://example.org/a.png" width="2400"></p>',
            "536",
            id="wider than the column",
        ),
        pytest.param(
            '<p><img src="https://example.org/a.png" width="40" height="20"></p>', "40", id="small"
        ),
        pytest.param('<p><img src="https://example.org/local.png"></p>', "320", id="measured"),
        pytest.param(
            '<p><img src="https://example.org/huge.png"></p>', "536", id="measured, and too wide"
        ),
        pytest.param(
            '<p><img src="https://example.org/unknown.png"></p>', "536", id="known to nobody"
        ),
        pytest.param(
            '<p><img src="https://example.org/a.png" width="0"></p>', "536", id="no width at all"
        ),
        pytest.param(
            '<ul><li><img src="https://example.org/huge.png"></li></ul>', "512", id="in a list"
        ),
        pytest.param(
            '<blockquote><img src="https://example.org/huge.png"></blockquote>',
            "513",
            id="in a quotation",
        ),
        pytest.param(
            '<table><tr><td><img src="https://example.org/huge.png"></td><td>x</td></tr></table>',
            "268",
            id="in a cell",
        ),
    ],
)
def test_every_picture_has_a_width_that_its_place_holds(markup: str, width: str) -> None:
    """Outlook for Windows shows a picture without one in its own size, and the sheet grows."""
    picture = _one(markup, "img", {f"{SITE}local.png": 320, f"{SITE}huge.png": 4000})
    assert picture.get("width") == width
    assert picture.get("style", "").startswith(f"width:100%;max-width:{width}px;height:auto")
    assert picture.get("height") is None


STYLED = [
    ("width: 250px", "250"),
    ("border: 1px; WIDTH:250PX !important;", "250"),
    ("width:249.6px", "249"),
    ("width:10px;width:250px", "250"),
    ("width:4000px", "536"),
    ("width:50%", "268"),
    ("width: 100%", "536"),
    ("width:300%", "536"),
    ("max-width: 300px", "300"),
    ("width:100%;max-width:300px", "300"),
    ("max-width:300px;width:200px", "200"),
    ("max-width:50%", "268"),
]
"""What an author's ``style`` says of a picture, and the width that it has in a mail."""
SAYS_NOTHING = [
    "width:0", "width:0px", "width:0%", "width:1e9px", "width:1000000000px", "width:-4px",
    "width:calc(100% - 4px)", "width:12em", "width:auto", "width", "width:", "width:\u0662px",
    "max-width:100%", "max-width:none", "border-width:9px", "height:90px",
    "width:250px" + " " * 2000,
]  # fmt: skip


@pytest.mark.parametrize(("style", "width"), STYLED)
def test_a_width_in_a_pictures_own_style_is_its_width(style: str, width: str) -> None:
    """Outlook for Windows reads the attribute alone; the author's style is ours to turn into it."""
    safe = clean(f'<p><img src="{SITE}a.png" width="900" style="{style}"></p>', SITE)
    assert _one(safe, "img").get("width") == width
    assert clean(safe, SITE) == safe
    assert ' style="max-width' not in safe


@pytest.mark.parametrize("style", SAYS_NOTHING)
def test_a_style_without_a_usable_width_changes_nothing(style: str) -> None:
    """The picture is as if it had no style: its own width, the file's, or the column's."""
    for attribute in ("", ' width="70"'):
        plain = f'<p><img src="{SITE}a.png"{attribute}></p>'
        styled = plain.replace("></p>", f' style="{style}"></p>')
        assert mail_safe(clean(styled, SITE)) == mail_safe(clean(plain, SITE))


def test_a_bound_in_a_style_widens_no_smaller_picture() -> None:
    """``max-width`` is a bound: the file's own width stands where it is less."""
    safe = clean(f'<p><img src="{SITE}a.png" style="max-width:300px"></p>', SITE)
    assert _one(safe, "img", {f"{SITE}a.png": 120}).get("width") == "120"
    assert _one(safe, "img", {f"{SITE}a.png": 1200}).get("width") == "300"


def test_only_pictures_keep_a_width() -> None:
    """A wide ``<pre>`` or ``<span>`` would widen the sheet."""
    safe = clean('<pre style="color:#123456;width:900px">x</pre>', SITE)
    assert safe == '<pre style="color:#123456">x</pre>'


def test_only_a_picture_that_nobody_knows_may_be_as_wide_as_it_is() -> None:
    """The style block takes the column's width from it again: an icon is no banner."""
    assert _one(f'<p><img src="{SITE}unknown.png"></p>', "img").get("class") == "natural"
    assert _one(f'<p><img src="{SITE}a.png" width="40"></p>', "img").get("class") is None


def test_code_of_any_origin_is_set_alike() -> None:
    """Fenced, bare, or from another highlighter with a white ground."""
    written = [
        '<pre style="background-color:#fff;color:#000">x</pre>',
        "<pre>x</pre>",
        '<pre style="color:#e6edf3"><code>x</code></pre>',
    ]
    styles = {_one(markup, "pre").get("style") for markup in written}
    assert len(styles) == 1
    (style,) = styles
    assert style is not None
    assert "white-space:pre-wrap" in style
    assert "overflow-wrap:anywhere" in style


def test_authors_colours_go_and_the_rest_of_their_styles_stays() -> None:
    """Black on the dark sheet has a contrast of 1.2."""
    span = _one(
        '<p><span style="color:#000000;background-color:#ff0;font-weight:bold">x</span></p>', "span"
    )
    assert span.get("style") == "font-weight:bold"
    assert _one('<p><span style="color:#0000ff">x</span></p>', "span").get("style") is None


def test_in_code_colours_stay_that_can_be_read() -> None:
    """A highlighter's for a dark ground do, one's for a white page do not."""
    assert (
        _one('<pre><span style="color:#ff7b72">x</span></pre>', "span").get("style")
        == "color:#ff7b72"
    )
    assert (
        _one('<pre><span style="color:#000080;font-weight:bold">x</span></pre>', "span").get(
            "style"
        )
        == "font-weight:bold"
    )
    assert (
        _one('<pre><span style="background-color:#fff">x</span></pre>', "span").get("style") is None
    )


def test_headings_in_code_are_code() -> None:
    """The sheet's dark colour of a heading would not be read there."""
    assert "<h2" not in mail_safe("<pre><h2>x</h2><blockquote>y</blockquote></pre>")


def test_a_table_scrolls_in_its_box_and_its_text_stays_behind_it() -> None:
    """Only the outermost; what follows the table follows the box."""
    shown = mail_safe(
        "<p>a</p><table><tr><td><table><tr><td>x</td></tr></table></td></tr></table>after<p>b</p>"
    )
    assert shown.count('class="scrolls"') == 1
    assert "</table></div>after<p>b</p>" in shown


def test_contrast_is_what_wcag_says() -> None:
    """Black on white is 21, a colour on itself 1; the short form is the long one."""
    assert round(contrast("#000", "#ffffff"), 2) == 21
    assert contrast("#abc", "#aabbcc") == 1
    assert contrast("#767676", "#fff") > READABLE > contrast("#777777", "#fff")
    with pytest.raises(ValueError, match="no colour"):
        contrast("red", "#fff")
