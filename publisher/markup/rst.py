"""reStructuredText by docutils, an extra; nothing is included, nothing raw passes."""

from __future__ import annotations

import importlib.util
import re

from publisher.models import Level, Problem

_PELICAN_LINK = re.compile(r"[|{](?:filename|static|attach|author|category|tag|index)[|}]/?")


def rst_available() -> bool:
    """Say whether docutils is installed (``pip install 'publisher[rst]'``)."""
    return importlib.util.find_spec("docutils") is not None


def to_html(body: str, path: str, line: int) -> tuple[str, list[Problem]]:
    """Give reStructuredText as HTML and what docutils found wrong."""
    from docutils.core import publish_parts  # noqa: PLC0415 - an extra, slow to import
    from docutils.utils import Reporter  # noqa: PLC0415

    settings = {
        "file_insertion_enabled": False,
        "raw_enabled": False,
        "report_level": Reporter.SEVERE_LEVEL + 1,
        "halt_level": Reporter.SEVERE_LEVEL + 1,
        "input_encoding": "unicode",
        "syntax_highlight": "none",
        "initial_header_level": 2,
        "doctitle_xform": False,
        "sectsubtitle_xform": False,
        "_disable_config": True,
        "embed_stylesheet": False,
        "math_output": "HTML",
    }
    source = _PELICAN_LINK.sub("/", body)
    try:
        parts = publish_parts(source, writer="html5", settings_overrides=settings)
    except Exception as error:  # noqa: BLE001 - docutils raises whatever its directives raise; the post is reported, not lost
        found = f"reStructuredText could not be read: {str(error)[:120]}."
        return "", [Problem(path, line, Level.ERROR, found, "Simplify the markup.")]
    return str(parts["body"]), []
