"""Mails on real screens.

Nothing is wider than the phone, and every word can be read, light and dark, in every kind of
client.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.newsletter import mails
from tests.newsletter.screens import CHROMIUM, chromium, faults_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

EVERY = 1 if os.environ.get("PUBLISHER_TORTURE", "") == "1" else 14
"""Of so many real posts one is measured; ``make torture`` measures all of them."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    with chromium() as started:
        yield started


def test_a_mail_that_is_too_wide_or_unreadable_is_found(browser: Browser) -> None:
    """The measure itself can fail.

    A word that cannot break, a wide picture, black on the dark sheet.
    """
    page = "<!doctype html><body style='background-color:#1f1c16'><p style='color:#f3ecdd'>{}</p>"
    told = faults_of(
        browser,
        {
            "word": page.format("x" * 200),
            "picture": page.format("<img src='https://example.org/x.png'>"),
            "black": page.format("<b style='color:#000000'>black</b>"),
        },
    )
    assert {fault.mail for fault in told} == {"word", "picture", "black"}


def test_hard_bodies_fit_every_screen(browser: Browser) -> None:
    """Each stands for what a real post had.

    Long words, code, tables, pictures, colours, right to left.
    """
    assert faults_of(browser, mails.hard_mails()) == []


def test_letters_and_notices_fit_every_screen(browser: Browser) -> None:
    """The title of the newsletter and its postal address are the operator's, and may be long."""
    assert faults_of(browser, mails.letters()) == []


@pytest.mark.slow
def test_issues_and_digests_of_real_posts_fit_every_screen(browser: Browser, corpus: Path) -> None:
    """Posts of six sites as their authors keep them; 40 of 81 were too wide before."""
    made = mails.mails_of_corpora(corpus, EVERY)
    assert len(made) > 6
    assert faults_of(browser, made) == []
