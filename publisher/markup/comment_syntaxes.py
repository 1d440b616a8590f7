"""The syntaxes of comments, of every dialect we know: how each opens and closes.

Sources: HTML's tokenizer, CommonMark (HTML blocks of kind 2, link reference definitions), Liquid,
Jinja, Nunjucks, Twig, Handlebars, Blade, ERB, MDX, kramdown (extensions), Hugo (shortcode
``comment``, template comments), Zola (shown shortcodes), Obsidian, CriticMarkup, Org (Logseq), each
one's own reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Syntax:
    """How one kind of comment is written.

    Attributes:
        opens: What it begins with.
        closes: What it ends with.
        nests: A comment may hold another; the first end is not its own then.
        loose: Others write its opening as text: unclosed, it is a comment only at home or where it
            begins a line.
        common: Its end is everybody's: away from home it ends in its block, unless it begins a
            line.
        to_the_end: Unclosed, its generator hides (or refuses) all that follows.
        template: A template language reads it, which ``{% raw %}`` keeps away.
    """

    opens: str
    closes: re.Pattern[str]
    nests: bool = False
    loose: bool = False
    common: bool = False
    to_the_end: bool = False
    template: bool = True

    @cached_property
    def ends(self) -> re.Pattern[str]:
        """Both, to count how deep one is inside the other; what closes itself counts as nothing."""
        return re.compile(
            f"(?P<whole><!---?>)|(?P<open>{self.opens})|{self.closes.pattern}", re.IGNORECASE
        )


def _closed_by(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


SYNTAXES = {
    "html": Syntax("<!--", _closed_by("--!?>"), nests=True, to_the_end=True, template=False),
    "hugo": Syntax(
        r"\{\{[<%]\s*comment\b[^<>{}]*[>%]\}\}", _closed_by(r"\{\{[<%]\s*/\s*comment\s*[>%]\}\}"),
        nests=True, to_the_end=True,
    ),
    "go": Syntax(r"\{\{-?\s*/\*", _closed_by(r"\*/\s*-?\}\}")),
    "blade": Syntax(r"\{\{--", _closed_by(r"--\}\}")),
    "handlebars_long": Syntax(r"\{\{~?!--", _closed_by(r"--~?\}\}")),
    "handlebars": Syntax(r"\{\{~?!", _closed_by(r"\}\}"), loose=True, common=True),
    "antlers": Syntax(r"\{\{#(?=\s)", _closed_by(r"#\}\}")),
    "liquid": Syntax(
        r"(?<!\{)\{%-?\s*comment\b[^{}%]*%\}", _closed_by(r"(?<!\{)\{%-?\s*endcomment\b[^{}%]*%\}"),
        nests=True, to_the_end=True,
    ),
    "liquid_line": Syntax(r"(?<!\{)\{%-?\s*#", _closed_by(r"%\}")),
    "zola": Syntax(r"\{%/\*", _closed_by(r"\*/%\}")),
    "kramdown": Syntax(r"\{::comment(?:\s[^{}/]*)?\}", _closed_by(r"\{:/(?:comment)?\}"),
    template=False),
    "jsx": Syntax(r"\{\s*/\*", _closed_by(r"\*/(?:\s*\})?"), template=False),
    "critic": Syntax(r"\{>>", _closed_by(r"<<\}"), template=False),
    "jinja": Syntax(r"\{#", _closed_by(r"#\}"), loose=True),
    "erb_long": Syntax("<%--", _closed_by("--%>")),
    "erb": Syntax("<%#", _closed_by("%>")),
    "php": Syntax(r"<\?(?=php\b|=|xml\b)", _closed_by(r"\?>")),
    "conditional": Syntax(r"<!\[(?=if\b|endif\b)", _closed_by(">"), template=False),
    "org": Syntax(r"[ \t]*\#\+BEGIN_COMMENT\b", _closed_by(r"\#\+END_COMMENT\b"), template=False),
}  # fmt: skip
"""In the order in which they are tried: of two that begin alike, the longer first. Dialects say by
these names which they know, and by ``percents`` that they know Obsidian's."""
MDX = frozenset({"jsx"})
"""What MDX knows, whichever generator reads it."""


def opens_of(sign: str) -> str:
    """Return a pattern of all openings that begin with a sign, each a group named by its syntax."""
    names = [
        name
        for name, syntax in SYNTAXES.items()
        if sign in syntax.opens.removeprefix("(?<!\\{)").removeprefix("[ \\t]*")[:2]
    ]
    return "|".join(f"(?P<{name}>{SYNTAXES[name].opens})" for name in names)
