"""Posts are data: whatever stands in a body, what leaves is safe, absolute and well-formed."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.markup.models import Markup
from publisher.markup.render import render
from publisher.markup.sanitize import clean
from tests.markup.bodies import BODIES, PAYLOADS
from tests.markup.judges import faults_of

BASE = "https://example.org/2024/a-post/"


@pytest.mark.parametrize("markup", [Markup.MARKDOWN, Markup.HTML, Markup.RST])
@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_no_payload_survives(payload: str, markup: Markup) -> None:
    """Nothing that runs, frames, positions or submits leaves the renderer."""
    assert faults_of(render(payload, markup, base_url=BASE).html) == []


@given(body=BODIES, markup=st.sampled_from([Markup.MARKDOWN, Markup.HTML]))
@example(body="\ue0000\ue001 `a` {", markup=Markup.MARKDOWN)
@example(body="<a><table><td><a href=x>y</a></table>z", markup=Markup.HTML)
@example(body="<p><a id=x></a></p>", markup=Markup.HTML)
def test_any_text_becomes_safe_html(body: str, markup: Markup) -> None:
    """Rendering never raises, and its result is balanced, absolute and harmless."""
    rendered = render(body, markup, base_url=BASE)
    assert faults_of(rendered.html) == []
    assert "\n" not in rendered.summary


@given(body=BODIES)
def test_cleaning_twice_changes_nothing(body: str) -> None:
    """What was cleaned is clean: a reader that sanitises again shows the same."""
    once = clean(body, BASE)
    assert clean(once, BASE) == once


@given(body=BODIES)
def test_any_restructuredtext_becomes_safe_html(body: str) -> None:
    """Docutils' result passes through the same cleaner."""
    assert faults_of(render(body, Markup.RST, base_url=BASE).html) == []
