"""Code is coloured by inline styles that feeds and mails allow, and readable."""

from __future__ import annotations

import re

import pytest

from publisher.markup.highlight import highlight
from publisher.markup.models import Markup
from publisher.markup.render import render
from tests.markup.judges import faults_of

BASE = "https://example.org/a/"
SAMPLES = {
    "python": (
        '@cached\ndef f(a: int) -> str:  # why\n    """Doc."""\n    return f"{a!r}" + "\\n" *'
        " 0x1F\n\nclass C(Exception): pass"
    ),
    "html": "<!doctype html><p class='a'>b &amp; c</p><!-- d -->",
    "diff": "--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new",
    "console": "$ ls -la\ntotal 0\n# make",
    "yaml": "a: [1, 'x', null]  # c\nb: &x !!t |\n  text",
    "ruby": ":sym => /re#{x}/i, @iv, $g, 1.5, %w[a b]\n__END__",
}


def luminance(colour: str) -> float:
    """Return relative luminance as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("language", SAMPLES)
def test_code_keeps_its_text_and_is_coloured(language: str) -> None:
    """Colours are added, nothing else."""
    html = render(f"```{language}\n{SAMPLES[language]}\n```", Markup.MARKDOWN, base_url=BASE).html
    assert html.startswith('<pre style="background-color:#')
    assert "<span style=" in html
    assert faults_of(html) == []


@pytest.mark.parametrize("language", SAMPLES)
def test_every_colour_is_readable_on_its_own_background(language: str) -> None:
    """Contrast is 4.5 or more (WCAG 2 AA), in light and dark clients: the background is ours."""
    html = render(f"```{language}\n{SAMPLES[language]}\n```", Markup.MARKDOWN, base_url=BASE).html
    block = re.search(r"background-color:(#\w{6})", html)
    assert block
    for style in re.findall(r'<(?:span|pre) style="([^"]*)"', html):
        colour = re.search(r"(?<!-)color:(#\w{6})", style)
        ground = re.search(r"background-color:(#\w{6})", style)
        if colour:
            bright, dark = sorted(
                (luminance(colour[1]), luminance((ground or block)[1])), reverse=True
            )
            assert (bright + 0.05) / (dark + 0.05) >= 4.5, style


def test_unknown_languages_and_very_long_code_stay_plain() -> None:
    """Nothing is guessed, and colouring a data file helps nobody."""
    assert "<span" not in highlight("let x = 1", "no-such-language")
    assert "<span" not in highlight("x = 1\n" * 20_000, "python")


def test_code_blocks_of_html_bodies_are_coloured_too() -> None:
    """``<code class="language-x">`` is what exports and generators write."""
    html = render(
        '<pre class="a"><code class="language-js">if (a &lt; b) c()</code></pre>',
        Markup.HTML,
        base_url=BASE,
    ).html
    assert "<span style=" in html
    assert "&lt;" in html


def test_the_first_line_and_blank_lines_are_kept() -> None:
    """Indentation is meaning in code."""
    assert "<code>\n    x\n\n" in highlight("\n    x\n\n", "text")


def test_text_in_the_block_s_own_colour_carries_no_style() -> None:
    """Every span counts where mail clients clip at 102 KB."""
    assert "<code>x <span" in highlight("x = 1", "python")
