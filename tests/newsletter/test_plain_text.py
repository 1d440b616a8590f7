"""The text part says what the HTML says."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from publisher.newsletter.plain_text import html_to_text
from tests.newsletter.one_issue import compose_issue


def test_the_text_part_says_everything_the_html_says() -> None:
    """Word by word, with links as footnotes and code as it is."""
    text = compose_issue().text
    assert "a link [1]" in text
    assert "[1] https://example.org/x" in text
    assert "    if x:\n        run()" in text
    assert "> Said" in text
    assert "- one\n- two" in text
    assert "k | v" in text
    assert "Waves" in text


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["p", "li", "h2", "blockquote", "td", "pre", "figcaption"]),
            st.text("abc é&<", min_size=1, max_size=20),
        )
    )
)
def test_no_word_is_lost_in_the_text(blocks: list[tuple[str, str]]) -> None:
    """The same words in the same order, whatever the blocks."""
    wrap = {
        "li": ("<ul>", "</ul>"),
        "td": ("<table><tr>", "</tr></table>"),
        "figcaption": ("<figure>", "</figure>"),
    }
    html = ""
    for tag, words in blocks:
        before, after = wrap.get(tag, ("", ""))
        html += f"{before}<{tag}>{words.replace('&', '&amp;').replace('<', '&lt;')}</{tag}>{after}"
    wanted = " ".join(words for _, words in blocks).split()
    found = re.sub(r"^[ ]*(?:[-=]+$|[->] )", " ", html_to_text(html), flags=re.MULTILINE).split()
    assert found == wanted


def test_code_stays_as_it_is_wherever_it_stands() -> None:
    """Indented, in a list, a quotation or something that opens and closes.

    No line of code is wrapped or joined.
    """
    code = "def f(x):\n\treturn  [\n        x\n    ]"
    for before, after in (
        ("", ""),
        ("<ul><li>", "</li></ul>"),
        ("<details><summary>More</summary>", "</details>"),
        ("<blockquote>", "</blockquote>"),
    ):
        text = html_to_text(f"{before}<pre><code>{code}</code></pre>{after}")
        assert all(line in text for line in code.split("\n")), (before, text)


def test_tables_in_tables_are_said_once() -> None:
    """A row is its own table's.

    Said again for each table around it, forty of them would fill the disk.
    """
    text = html_to_text(
        "<table><tr><td>outer" * 12
        + "<table><caption>words</caption><tbody><tr><td>inner</td></tr></tbody></table>"
    )
    assert (text.count("inner"), text.count("words"), text.count("outer")) == (1, 1, 12)


def test_links_are_numbered_in_the_order_of_their_first_mention() -> None:
    """Two mentions of one address have one number."""
    text = html_to_text(
        "<p><a href='https://b.example'>b</a> <a href='https://a.example'>a</a> <a"
        " href='https://b.example'>c</a></p>"
    )
    assert text == "b [1] a [2] c [1]\n\n[1] https://b.example\n[2] https://a.example"
