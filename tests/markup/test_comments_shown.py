"""What looks like a comment and is none: code, ordinary text, shortcodes that are shown."""

from __future__ import annotations

import pytest

from publisher.markup.opaque_ranges import without_comments
from publisher.posts.dialects.registry import comments_of
from publisher.posts.titles import first_heading
from tests.markup.commented import COMMENTS, shown

CODE = {
    "fence": "```\n{0}\n```",
    "tilde fence": "~~~ text\n{0}\n~~~",
    "fence in a list": "- a\n\n  ```\n  {0}\n  ```",
    "fence behind a list's mark": "- ```\n  {0}\n\n  {0}\n  ```",
    "fence in a quote": "> ```\n> {0}\n> ```",
    "unclosed fence": "```\n{0}",
    "indented": "text\n\n    {0}\n",
    "indented under a rule": "* * *\n\n    {0}\n",
    "indented in a quote": "> text\n>\n>     {0}\n",
    "indented in a list": "- a\n\n      {0}\n",
    "span": "the tag ``{0}`` is",
    "pre": "<pre>{0}</pre>",
    "code": "<code>{0}</code>",
    "Jekyll highlight": "{{% highlight text %}}\n{0}\n{{% endhighlight %}}",
    "WordPress code": '[sourcecode language="text"]\n{0}\n[/sourcecode]',
}
ONE_LINE = [
    comment for comment in COMMENTS.values() if "\n" not in comment and not comment.startswith("<")
]


@pytest.mark.parametrize(
    "comment", [*ONE_LINE, "{# heading ids {#id}", "[//]: # (private)", "%% unclosed"]
)
@pytest.mark.parametrize("frame", CODE.values(), ids=CODE.keys())
def test_code_shows_comments_as_they_are_written(frame: str, comment: str) -> None:
    """People explain their tools; what follows the code is text again."""
    if comment.startswith("{% comment") and "highlight" in frame:
        return
    html = shown(frame.format(comment))
    assert comment.replace("<", "&lt;").replace(">", "&gt;") in html.replace("&quot;", '"')
    if frame != CODE["unclosed fence"]:
        assert "private" not in shown(frame.format("x") + "\n\n{# private #} end")


TEXTS = {
    "percents": ("100%% of 5%% is not 20%%", ["", "jekyll", "obsidian"]),
    "variables of a batch file": ("for %%i in (*) do echo %%j", ["", "jekyll"]),
    "words between percents": (
        "write %% in printf and %% in batch",
        ["jekyll", "hugo", "wordpress"],
    ),
    "merge fields": ("https://a.example/?q=%%CACHE%%&r=%%X%%", ["", "jekyll"]),
    "heading ids": (
        "Write {# heading ids {#id} like this",
        ["", "jekyll", "hugo", "zola", "pelican"],
    ),
    "an id and a later end": ("T {#id}\n\nand #} here", ["", "jekyll", "eleventy"]),
    "an id with classes": ("T {#id .big} #} x", ["", "jekyll", "eleventy"]),
    "Svelte": ("{#if x} a {/if}", ["", "hugo", "eleventy"]),
    "Handlebars": ("{{#if x}}a{{/if}}", ["", "hugo"]),
    "shouting": ("{{ name }}! and {{!", ["jekyll"]),
    "an arrow": ("a --> b", ["", "hugo"]),
    "an address": ("[comment]: https://a.example/x\n\nSee [comment].", [""]),
}


@pytest.mark.parametrize(("body", "dialects"), TEXTS.values(), ids=TEXTS.keys())
def test_ordinary_text_is_not_taken_for_a_comment(body: str, dialects: list[str]) -> None:
    """What a dialect does not have, its authors write as text."""
    for dialect in dialects:
        assert without_comments(body, markdown=True, native=comments_of(dialect)) == body


def test_what_shows_a_shortcode_is_no_comment() -> None:
    """Hugo writes ``{{</* x */>}}``, Zola ``{{/* x() */}}`` to show one.

    In Hugo the latter is a comment of its templates.
    """
    assert "{{&lt; comment &gt;}}shown{{&lt; /comment &gt;}}" in shown(
        "{{</* comment */>}}shown{{</* /comment */>}}", "hugo"
    )
    assert "{{ youtube(id=1) }}" in shown("{{/* youtube(id=1) */}}", "zola")
    assert "youtube" not in shown("{{/* youtube(id=1) */}}", "hugo")


def test_a_heading_keeps_its_code() -> None:
    """Code spans are words of a title."""
    assert first_heading("# Use `{# x #}` and *stars*") == "Use {# x #} and stars"
