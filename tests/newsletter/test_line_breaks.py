"""Long words may break on a phone, and stay what they are for whoever copies them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from publisher.newsletter.line_breaks import LONGEST, break_long_words

ADDRESS = "https://example.org/notes/2026/03/a-long-segment/another_segment?query=value&more=1"


def _broken(markup: str, *whole: str) -> str:
    root = lxml_html.fragment_fromstring(markup, create_parent="div")
    break_long_words(root, whole=whole)
    text: str = lxml_html.tostring(root, encoding="unicode")
    return text.replace("</wbr>", "").removeprefix("<div>").removesuffix("</div>")


def _pieces(markup: str) -> list[str]:
    return _broken(markup).replace("<p>", "").replace("</p>", "").split("<wbr>")


def test_an_address_breaks_behind_its_separators() -> None:
    """Where a reader would break it; no piece is longer than a phone's line."""
    pieces = _pieces(f"<p>{ADDRESS.replace('&', '&amp;')}</p>")
    assert pieces[:3] == ["https://", "example.", "org/"]
    assert max(map(len, pieces)) <= LONGEST


@pytest.mark.parametrize(
    "word",
    [
        pytest.param("Eingangsbestätigungsformular", id="a compound of 28 letters"),
        pytest.param("a short line of many words that has no long one at all", id="a sentence"),
        pytest.param(
            "漢字かな交じり文は何処でも改行できるので此処には何も要らない筈なのである",
            id="Japanese",
        ),
        pytest.param("สวัสดีชาวโลกสวัสดีชาวโลกสวัสดีชาวโลก", id="Thai"),
    ],
)
def test_what_breaks_by_itself_or_fits_is_left_alone(word: str) -> None:
    """Words of a language up to 30 letters, and scripts that need no spaces."""
    assert _broken(f"<p>{word}</p>") == f"<p>{word}</p>"


def test_names_of_functions_break_at_their_humps() -> None:
    """Before a capital that follows a small letter, not in the middle of a word."""
    assert _pieces("<p>LSApplicationQueriesSchemes</p>") == ["LSApplication", "Queries", "Schemes"]


def test_a_word_over_several_elements_is_one_word() -> None:
    """Bold and links do not end a word; neither does a no-break space; a line break does."""
    assert "<wbr>" in _broken("<p><b>long_name_of</b><i>_a_thing</i>_here</p>")
    assert "<wbr>" in _broken("<p>one&nbsp;two&nbsp;three&nbsp;four&nbsp;five</p>")
    assert "<wbr>" not in _broken("<p>long_name_of<br>_a_thing<br>_here</p>")


def test_code_that_is_copied_and_attributes_stay_as_they_are() -> None:
    """What is pasted into a shell is what was written."""
    markup = (
        f"<pre><code>{ADDRESS.replace('&', '&amp;')}</code></pre><p><a"
        f' href="{ADDRESS.replace("&", "&amp;")}">x</a></p>'
    )
    assert _broken(markup) == markup


def test_texts_that_are_replaced_later_stay_whole() -> None:
    """A placeholder with a ``<wbr>`` in it would stand in the mail as it is."""
    assert (
        _broken(f"<p>{ADDRESS.split('?', maxsplit=1)[0]}</p>", "example.org/notes")
        == f"<p>{ADDRESS.split('?', maxsplit=1)[0]}</p>"
    )


def test_no_letter_is_parted_from_its_marks() -> None:
    """An accent, a skin colour and a joined family stay with their letter."""
    for unit in ("e\u0301", "👍🏽", "👩\u200d👧", "🇸🇪"):
        for piece in _pieces(f"<p>{unit * 40}</p>"):
            assert piece.startswith(unit[0]), (unit, piece)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["p", "b", "a", "code", "h1", "pre", "br"]),
            st.text("ab/_é—\u00a0 漢\u0301", max_size=50),
        ),
        max_size=8,
    )
)
def test_no_character_is_added_or_lost(parts: list[tuple[str, str]]) -> None:
    """Whatever the document: its text is the same, and so is its shape but for ``<wbr>``."""
    markup = "".join(
        f"<{tag}>{text}</{tag}>{text}" if tag != "br" else f"<br>{text}" for tag, text in parts
    )
    before = lxml_html.fragment_fromstring(markup, create_parent="div")
    after = lxml_html.fragment_fromstring(markup, create_parent="div")
    break_long_words(after)
    assert "".join(before.itertext()) == "".join(after.itertext())
    assert [e.tag for e in before.iter()] == [e.tag for e in after.iter() if e.tag != "wbr"]
