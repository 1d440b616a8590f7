"""Let long words break: addresses, identifiers, compounds.

Where a line cannot hold them, a phone shows the whole mail tiny.

CSS does it (``overflow-wrap``, ``word-break``) where a client knows these properties; Gmail and
Outlook drop the first, and some drop both. ``<wbr>`` stands in for them: it is no character, so
nothing that is copied changes.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lxml.html import HtmlElement


LONGEST = 30
"""Characters of a word: so many a phone's line holds, and after so many Gmail breaks by itself."""

_PIECE = 18
_PIECE_IN_HEADING = 14
_SHORTEST = 4
_BROKEN_ANYWHERE = (
    "\u0e00-\u109f\u1780-\u17ff\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
)
"""Thai to Myanmar, Khmer and East Asia break between any two characters, or by a dictionary: not
where we would."""
_UNBROKEN = (
    rf"[^ \t\r\n\f\v\u1680\u2000-\u2006\u2008-\u200b\u2028\u2029\u205f\u00ad{_BROKEN_ANYWHERE}]"
)
_LONG = re.compile(rf"{_UNBROKEN}{{{_PIECE // 2 + 1},}}")
_SEPARATORS = frozenset("/?&=-_.,:;#%+~|)]}@\u00a0\u202f")
_WIDE = frozenset("\u2014\u2015\u2e3a\u2e3b\u2026")
"""Characters as wide as two."""
_KEPT = frozenset({"pre", "style", "script", "title", "textarea"})
_HEADINGS = frozenset({"h1", "h2", "h3"})
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd",
    "mark", "q", "s",
    "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var",
})  # fmt: skip


class _Text(NamedTuple):
    """A text of the tree: what stands in an element, or behind it."""

    element: HtmlElement
    is_tail: bool

    @property
    def text(self) -> str:
        return (self.element.tail if self.is_tail else self.element.text) or ""


def break_long_words(root: HtmlElement, *, whole: Collection[str] = ()) -> None:
    """Write ``<wbr>`` into visible words of more than 30 characters, in place.

    A word may go over several elements (``<b>very</b>long``) and over no-break spaces. Never into
    an attribute, nor into ``<pre>``, whose text is copied. Words that hold more than letters
    (addresses, names of functions) may break from 19 characters on; in headings, which are set
    larger, from 15.

    Args:
        root: The document, or a part of it.
        whole: Texts that must stay in one piece, in whatever case, such as placeholders that are
            replaced later.
    """
    for line in list(_lines(root)):
        is_heading = (
            any(True for _ in line[0].element.iterancestors(*_HEADINGS))
            or line[0].element.tag in _HEADINGS
        )
        text = "".join(part.text for part in line)
        cuts = list(_cuts_of(text, whole, is_heading=is_heading))
        if cuts:
            _cut(line, cuts)


def _lines(root: HtmlElement) -> Iterator[list[_Text]]:
    """Yield the texts that a line of text goes through.

    They stand between one block, picture or line break and the next.
    """
    line: list[_Text] = []
    walk = etree.iterwalk(root, events=("start", "end", "comment"))
    for event, element in walk:
        is_inline = element.tag in _INLINE
        if not is_inline and line:
            yield line
            line = []
        if event == "start" and element.tag in _KEPT:
            walk.skip_subtree()
        elif event == "start" and element.text:
            line.append(_Text(element, is_tail=False))
        if event != "start" and element.tail and element is not root:
            line.append(_Text(element, is_tail=True))
    if line:
        yield line


def _cuts_of(text: str, whole: Collection[str], *, is_heading: bool) -> Iterator[int]:
    """Yield where in a line's text words may break."""
    longest = _PIECE_IN_HEADING if is_heading else _PIECE
    for match in _LONG.finditer(text):
        word = match[0]
        fits = _width(word) <= (LONGEST if _is_word(word) else longest)
        if not fits and not any(kept.lower() in word.lower() for kept in whole):
            yield from (match.start() + at for at in _cuts(word, longest))


def _width(text: str) -> int:
    return len(text) + sum(character in _WIDE for character in text)


def _is_word(text: str) -> bool:
    """Check whether a text is a word of a language.

    It has letters, of which at most the first is a capital.
    """
    return text.isalpha() and not any(letter.isupper() for letter in text[1:])


def _cuts(word: str, longest: int) -> Iterator[int]:
    """Yield where a long word may break.

    Behind separators, before humps (``camelCase``), and after so many characters at the latest.
    """
    since = 0
    for at in range(1, len(word)):
        before, after = word[at - 1], word[at]
        since += _width(before)
        parts = (before in _SEPARATORS and after not in _SEPARATORS) or (
            before.islower() and after.isupper()
        )
        if ((parts and since >= _SHORTEST) or since >= longest) and _may_part(before, after):
            since = 0
            yield at


def _may_part(before: str, after: str) -> bool:
    """Check that no letter is parted from its marks, and no emoji from its parts (UAX 29)."""
    joined = before in "\u200d\u200c\u2060\ufeff" or after in "\u200d\u200c\u2060\ufeff"
    paired = "\U0001f1e6" <= after <= "\U0001f1ff" or "\U0001f3fb" <= after <= "\U0001f3ff"
    return not joined and not paired and not unicodedata.category(after).startswith("M")


def _cut(line: Sequence[_Text], cuts: list[int]) -> None:
    """Write ``<wbr>`` at these positions of a line's text."""
    start = 0
    for part in line:
        end = start + len(part.text)
        inside = [cut - start for cut in cuts if start < cut <= end]
        start = end
        if inside:
            _cut_one(part, inside)


def _cut_one(part: _Text, cuts: list[int]) -> None:
    pieces = [part.text[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
    chances = []
    for piece in pieces[1:]:
        chance = etree.Element("wbr")
        chance.tail = piece
        chances.append(chance)
    if part.is_tail:
        part.element.tail = None
        for chance in reversed(chances):
            part.element.addnext(chance)
        part.element.tail = pieces[0]
    else:
        part.element.text = pieces[0]
        for index, chance in enumerate(chances):
            part.element.insert(index, chance)
