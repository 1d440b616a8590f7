"""reStructuredText, by an extra."""

from __future__ import annotations

import importlib.util

import pytest

from publisher.errors import Level
from publisher.markup import rst
from publisher.markup.models import Markup, Rendered
from publisher.markup.render import render

BASE = "https://example.org/a/"
needs_docutils = pytest.mark.skipif(
    importlib.util.find_spec("docutils") is None, reason="docutils, the extra rst, is not installed"
)


def rendered(body: str) -> Rendered:
    """Render reStructuredText that starts on line 5 of its file."""
    return render(body, Markup.RST, base_url=BASE, path="a.rst", body_line=5)


@needs_docutils
def test_its_markup_becomes_html() -> None:
    """Headings, links, emphasis."""
    html = rendered("Part\n====\n\nSome *words* and `a link </x/>`_.\n").html
    assert ">Part</h2>" in html
    assert '<em>words</em> and <a href="https://example.org/x/">a link</a>' in html


@needs_docutils
@pytest.mark.parametrize("directive", ["code-block", "sourcecode", "code"])
def test_its_code_is_coloured(directive: str) -> None:
    """Pelican's posts use all three names."""
    html = rendered(f".. {directive}:: python\n\n    x = '<'\n").html
    assert "<span style=" in html
    assert "&lt;" in html


@needs_docutils
@pytest.mark.parametrize(
    "link", ["{filename}/posts/other.rst", "|filename|other.md", "{filename}other.rst"]
)
def test_pelican_s_links_lead_to_pages(link: str) -> None:
    """A page is named like its file, unless told otherwise."""
    assert '<a href="https://example.org/other.html">' in rendered(f"`x <{link}>`_").html


@needs_docutils
@pytest.mark.parametrize(
    "directive",
    [
        ".. include:: /etc/passwd",
        ".. raw:: html\n\n   <b>x</b>",
        ".. csv-table::\n   :file: /etc/passwd",
        ".. raw:: html\n   :file: /etc/passwd",
        ".. code:: text\n   :file: /etc/passwd",
    ],
)
def test_nothing_is_included_and_nothing_raw_passes(directive: str) -> None:
    """Posts are data: a path outside is never opened."""
    result = rendered(f"Before.\n\n{directive}\n\nAfter.\n")
    assert "root:" not in result.html
    assert "<b>" not in result.html
    assert result.problems


@needs_docutils
def test_what_docutils_says_is_a_problem_with_its_line_and_not_text() -> None:
    """Readers see the post, the author sees the message."""
    result = rendered("Words.\n\n.. nonsense:: x\n\nMore *words.\n")
    assert "System Message" not in result.html
    assert "Unknown directive" not in result.html
    assert [(problem.level, problem.line) for problem in result.problems] == [
        (Level.WARNING, 7),
        (Level.WARNING, 9),
    ]
    assert "nonsense" in result.problems[0].found


def test_without_docutils_the_problem_names_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The post is shown as written, and one command mends it."""
    monkeypatch.setattr(rst, "rst_available", lambda: False)
    result = rendered("Some *words* <b>.")
    assert result.problems[0].level is Level.ERROR
    assert "pip install 'publisher[rst]'" in result.problems[0].cure
    assert "Some *words* &lt;b&gt;." in result.html
