"""Real posts, as their authors keep them, become safe HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publisher.markup.render import render
from publisher.models import Markup
from tests.markup.judges import faults_of

if TYPE_CHECKING:
    from pathlib import Path

MARKUPS = {".html": Markup.HTML, ".htm": Markup.HTML, ".rst": Markup.RST}


@pytest.mark.parametrize("site", ["seed", "wordpress", "jekyll", "hugo", "pelican", "eleventy"])
def test_every_post_of_a_site_becomes_safe_html(site: str, corpus: Path) -> None:
    """Front matter is rendered too: here any text will do."""
    faults = {}
    for path in sorted(path for path in (corpus / site).rglob("*") if path.is_file()):
        body = path.read_text("utf-8", errors="replace").partition("\n---\n")[2]
        rendered = render(body, MARKUPS.get(path.suffix, Markup.MARKDOWN), base_url="https://example.org/a/")
        found = faults_of(rendered.html)
        if found:
            faults[path.name] = found
    assert faults == {}
