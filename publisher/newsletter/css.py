"""Inline the stylesheet with premailer, once per issue and never per recipient."""

from __future__ import annotations

import io
import logging
import sys
from types import ModuleType
from typing import Any


def inline_styles(html: str) -> str:
    """Return HTML with its ``<style>`` rules as style attributes; media queries stay in the head.

    premailer's defaults fetch stylesheets that a post names and drop ``!important`` from the media
    queries that are kept, which kills dark mode: both are turned off.
    """
    premailer = _load()(
        html,
        allow_network=False,
        allow_loading_external_files=False,
        strip_important=False,
        keep_style_tags=False,
        remove_classes=False,
        # cssutils would hold every property to CSS 2.1, and complain where nobody reads it.
        disable_validation=True,
        # Links are absolute already; premailer would rewrite those that hold braces.
        disable_link_rewrites=True,
        disable_leftover_css=False,
        cssutils_logging_handler=logging.StreamHandler(io.StringIO()),
        cssutils_logging_level=logging.CRITICAL,
    )
    inlined: str = premailer.transform()
    return inlined


def _load() -> Any:
    """Import premailer without ``requests``, a third of what it loads.

    That is for fetching stylesheets, and nobody may here.
    """
    name, stand_in = "requests", ModuleType("requests", "Has nothing that could fetch.")
    # A module that is there for real, loaded by somebody else, stays as it is.
    is_missing = sys.modules.setdefault(name, stand_in) is stand_in
    try:
        from premailer import Premailer  # noqa: PLC0415 - only composing needs it
    finally:
        if is_missing:
            del sys.modules[name]
    return Premailer
