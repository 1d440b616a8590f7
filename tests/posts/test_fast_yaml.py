"""The quick reading of plain front matter gives what PyYAML gives, or nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.posts.fast_yaml import read_plain
from publisher.posts.yaml import Loader

if TYPE_CHECKING:
    from pathlib import Path


KEYS = st.sampled_from(["title", "date", "tags", "Title", "on", "y", "x-1", "_a", "null", "Déjà"])
CHARACTERS = st.sampled_from(
    [
        *"abcYZ059 .,:;/()!?+=%$&'\"@#-_[]{}*&|>~^`\\\t\u2013\u201c\u00e9\u00a0\u0085\u2028",
        ": ",
        " #",
        "- ",
        "true",
        "null",
        "1.5",
        "0x1f",
    ]
)
VALUES = """yes;Off;~;2020-01-02;2020-01-02 10:30:00 +0200;007;1_000;1e3;.5;5.;+5;-0;12:30:45;a: b;\
a:b;a :b;x #y;https://example.org/a?b=c
[a, b];[a, [b]];['a b', "c"];[1, 2.5, x];[];[ ];[a,];'it''s';'a;"a\\n";"a"b;'';NULL;=;<<;\
\u0661\u0662"""
WORDS = st.lists(CHARACTERS, max_size=8).map("".join) | st.sampled_from(re.split("[;\n]", VALUES))
LINES = st.one_of(
    st.tuples(
        KEYS, st.sampled_from([": ", ":", ":  ", " : "]), WORDS, st.sampled_from(["", " ", "  "])
    ).map("".join),
    st.tuples(st.sampled_from(["- ", "  - ", "-", "    -  "]), WORDS).map("".join),
    KEYS.map("{}:".format),
    KEYS.map("{}: >".format),
    st.tuples(st.sampled_from(["  ", " "]), WORDS).map("".join),
    WORDS,
)


def read_slowly(source: str) -> object:
    """Read it with PyYAML."""
    return yaml.load(source, Loader=Loader)


@given(st.lists(LINES, max_size=5).map("\n".join))
@example("title: 'a' b'")
@example('title: "a" "b"')
@example("a: [b c, d]\nb:\n- c\n- d")
@example("a:\n- b\n  - c")
@example("a: b\n\nc: d")
@example("on: 1")
@example("a: \u0661")
@example("a: >\n  b\n  c: d #e\nf: g")
@example("a: >\n  b\n   c")
@example("a: >\n  - b\n  - c")
@example("a: >\n\n  b")
@example("a: >\n  b\n\n")
@example("a:\n  - \"b\"\n  - 'c d'\n  - e")
@example("a: true\nb: No\nc: yES\nd: [on, off]")
def test_it_gives_what_pyyaml_gives_or_nothing(source: str) -> None:
    """Whatever stands there."""
    found = read_plain(source)
    if found is not None:
        slow = read_slowly(source)
        assert found == (slow if slow is not None else {})
        assert repr(found) == repr(slow if slow is not None else {}), "types too"


def test_much_front_matter_of_real_sites_is_plain(corpus: Path) -> None:
    """It is worth having, and never differs."""
    plain = 0
    for path in sorted(corpus.rglob("*.md")):
        match = re.match(
            r"---\n(.*?)\n---\n",
            path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n"),
            re.DOTALL,
        )
        if match is None:
            continue
        found = read_plain(match[1])
        if found is not None:
            plain += 1
            assert repr(found) == repr(read_slowly(match[1])), path
    assert plain >= 100


@pytest.mark.parametrize("source", ["title: A\ntitle: B", "title: A\nTITLE: B"])
def test_keys_that_stand_twice_are_left_to_the_one_who_warns(source: str) -> None:
    """The warning names the lines."""
    assert read_plain(source) is None
