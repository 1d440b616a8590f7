"""What an author wrote for himself is shown to nobody, in any dialect.

Code and ordinary text stay as written.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import Level
from publisher.markup.models import Markup
from publisher.markup.opaque_ranges import opaque_ranges
from publisher.markup.render import render
from publisher.posts.dialects.registry import comments_of
from publisher.posts.titles import first_heading
from tests.markup.bodies import BODIES
from tests.markup.commented import BASE, COMMENTS, DEFINITIONS, shown


@pytest.mark.parametrize(
    "dialect",
    [
        "",
        "front matter",
        "jekyll",
        "hugo",
        "eleventy",
        "pelican",
        "astro",
        "zola",
        "wordpress",
        "obsidian",
    ],
)
@pytest.mark.parametrize("comment", COMMENTS.values(), ids=COMMENTS.keys())
def test_a_comment_is_hidden_whoever_s_it_is(comment: str, dialect: str) -> None:
    """An author of one generator keeps writing the comments of another.

    Around them everything stays.
    """
    alone = (
        comment
        if comment.startswith(("%%\n", "#+"))
        or (dialect not in {"", "front matter", "obsidian"} and "%% a" in comment)
        else ""
    )
    text = shown(alone or f"Before {comment} after.\n\nThe end.", dialect)
    assert "private" not in text
    if not alone:
        assert "Before" in text
        assert "after." in text
        assert "The end." in text


PLACES = {
    "a list": "- one\n- {0}\n- two",
    "a list's paragraph": "1. one\n\n    {0}\n\n2. two",
    "a quote": "> one {0}\n> two",
    "a heading": "# One {0}\n\ntwo",
    "a table": "| a | b |\n|---|---|\n| one {0} | two |",
    "the words of a link": "[one {0}](/two) two",
    "a picture's": "one ![{0}](/a.png) two",
    "strong words": "**one {0}** two",
    "a footnote": "one[^1] two\n\n[^1]: {0}",
    "HTML": "<div>\none {0}\n</div>\n\ntwo",
    "the beginning": "{0}\n\none two",
    "behind a stray backtick": "- one ` tick\n- {0}\n- two ` tick",
    "before the mark of the teaser": "one {0} two\n\n<!--more-->\n\nthree",
    "around the mark of the teaser": "one two\n\n<!-- {0} <!--more--> private -->\n\nthree",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize(
    "name",
    [
        "Obsidian",
        "Jinja, Nunjucks, Twig",
        "Liquid",
        "MDX",
        "kramdown",
        "Hugo",
        "HTML",
        "Go template",
    ],
)
def test_a_comment_is_hidden_wherever_it_stands(name: str, place: str) -> None:
    """Also where Markdown alone would take it for code, or its end for another's."""
    text = shown(place.format(COMMENTS[name]))
    assert "private" not in text
    assert "one" in text
    assert "two" in text


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize(
    "place", ["one\n\n{0}\n\ntwo", "one\n{0}\n\ntwo", "> one\n> {0}\n\ntwo", "- one\n  {0}\n\ntwo"]
)
def test_a_remark_in_a_link_definition_is_hidden(definition: str, place: str) -> None:
    """Also where CommonMark takes it for text: under a paragraph, or with parentheses in it."""
    if "\n" in definition and ">" in place:
        return
    text = shown(place.format(definition))
    assert "private" not in text
    assert "one" in text
    assert "two" in text


def test_a_link_that_leads_nowhere_stays_one() -> None:
    """Only the remark in its definition goes."""
    assert '<a href="https://example.org/a/">top</a>' in shown('See [top].\n\n[top]: # "private"')


UNCLOSED = {
    "HTML": ("one\n\n<!-- private\n\nprivate", 3),
    "HTML in a line": ("one <!-- private\nprivate", 1),
    "Liquid": ("one {% comment %} private\n\nprivate", 1),
    "Hugo": ("one\n\n{{< comment >}}\nprivate\n\nprivate", 3),
    "kramdown": ("one\n\n{::comment}\nprivate\n\ntwo", 3),
    "Obsidian": ("one\n\n%% private\nprivate\n\ntwo", 3),
    "Jinja": ("one\n\n{# private\nprivate\n\ntwo", 3),
    "MDX": ("one\n\n{/* private\n\ntwo", 3),
    "Handlebars": ("one {{!-- private\n\ntwo", 1),
}


@pytest.mark.parametrize(("body", "line"), UNCLOSED.values(), ids=UNCLOSED.keys())
def test_an_unclosed_comment_hides_what_its_generator_would_and_is_named(
    body: str, line: int
) -> None:
    """At least the rest of its block; the author hears on which line it begins."""
    rendered = render(body, Markup.MARKDOWN, base_url=BASE, path="a.md", body_line=5)
    assert "private" not in rendered.html + rendered.summary
    assert "one" in rendered.html
    assert ("two" in body) == ("two" in rendered.html)
    (problem,) = rendered.problems
    assert (problem.path, problem.line, problem.level) == ("a.md", line + 4, Level.WARNING)
    assert "never closed" in problem.found


def test_what_pandoc_is_told_to_leave_out_is_left_out() -> None:
    """``{=comment}`` is a format nobody writes (Pandoc's manual, "Generic raw attribute")."""
    text = shown("one\n\n```{=comment}\nprivate\n```\n\n`private`{=comment} two")
    assert "private" not in text
    assert "one" in text
    assert "two" in text


def test_raw_keeps_templates_and_hides_the_remarks_of_markdown() -> None:
    """``{% raw %}`` speaks to Liquid alone; whole posts stand in it."""
    text = shown(
        "{% raw %}\n{# shown #}\n\n<!-- private\n\nprivate -->\n\n{::comment}private{:/}\n\ntwo\n{%"
        " endraw %}"
    )
    assert "{# shown #}" in text
    assert "private" not in text
    assert "two" in text


@pytest.mark.parametrize(
    "comment",
    ["<!-- private -->", "<!-- private", "{# private #}", "{% comment %}private{% endcomment %}"],
)
def test_comments_of_an_html_body_are_hidden(comment: str) -> None:
    """Of HTML and of the templates around it; in ``pre`` the latter are code."""
    assert "private" not in shown(f"<p>one</p> {comment}", markup=Markup.HTML)
    assert "{# shown #}" in shown("<pre>{# shown #}</pre>", markup=Markup.HTML)


@pytest.mark.parametrize(
    "body", ["one\n\n.. private\n   private\n\ntwo", "one\n\n..\n   private\n\n   private\n\ntwo"]
)
def test_comments_of_restructuredtext_are_hidden(body: str) -> None:
    """Explicit markup without a name (reStructuredText specification, "Comments")."""
    text = shown(body, "pelican", Markup.RST)
    assert "private" not in text
    assert "two" in text


def test_a_body_that_is_shown_as_plain_text_has_no_comments_either() -> None:
    """Whatever the parser refused."""
    deep = shown(">" * 60 + " one\n\n<!-- private -->\n\n{# private #}\n\n[//]: # (private)\n\ntwo")
    assert "private" not in deep
    assert "two" in deep
    from publisher.markup.rst import without_comments

    kept = (
        "one\n\n.. note:: kept\n\n.. _kept: https://a.example\n\n.. [1] kept\n\n.. |x| image:: kept"
    )
    assert (
        without_comments(f"{kept}\n\n.. private\n   private\n\n   private\n\n..\n  private\ntwo")
        == f"{kept}\n\ntwo"
    )


HEADINGS = {
    "HTML": "<!-- # Private -->\n\n# Shown",
    "HTML over lines": "<!--\n# Private\n-->\n# Shown",
    "Obsidian": "%%\n# Private\n%%\n\n# Shown %% private %%",
    "Liquid": "{% comment %}\n# Private\n{% endcomment %}\n\nShown\n=====",
    "Jinja": "{#\n\nPrivate\n-------\n\n#}\n\n## Shown {# private #}",
    "kramdown": "{::comment}\n# Private\n{:/comment}\n\n# Shown",
    "elements": "<!-- <h1>Private</h1> --><h1 class=a>Shown <!-- private --></h1>",
    "a fence": "```\n# Private\n```\n\n# Shown ##",
    "an open fence's like": "~~~~\n# Private\n~~~\n# Private\n~~~~\n# Shown",
}


@pytest.mark.parametrize("body", HEADINGS.values(), ids=HEADINGS.keys())
def test_the_first_heading_is_none_that_is_commented_out(body: str) -> None:
    """It becomes the title of feeds, mails and pages."""
    assert first_heading(body) == "Shown"


@given(body=BODIES, markdown=st.booleans(), dialect=st.sampled_from(["", "hugo", "eleventy"]))
def test_stretches_come_in_order_and_never_overlap(
    body: str, dialect: str, *, markdown: bool
) -> None:
    """Whatever a body holds, each character is in one stretch at most, and the walk ends."""
    position = 0
    for stretch in opaque_ranges(body, markdown=markdown, native=comments_of(dialect)):
        assert position <= stretch.start < stretch.end <= len(body)
        position = stretch.end
