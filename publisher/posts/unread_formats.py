"""Formats that generators make pages of and that are not read here.

Who has such files is told, so that none is missed in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.errors import Level, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping


UNREAD = (".mdx", ".qmd", ".rmd", ".org", ".adoc", ".asciidoc")
"""Endings of MDX (Astro, Docusaurus), Quarto, R Markdown, Org and AsciiDoc (Hugo), in lower
case."""


def tell_unread(counts: Mapping[str, int], folder: str) -> list[Problem]:
    """Return a warning that names how many files of which format are not read.

    None where there are none.

    Args:
        counts: Files by ending.
        folder: The posts folder, as people write it.
    """
    if not counts:
        return []
    named = ", ".join(f"{count} {ending}" for ending, count in sorted(counts.items()))
    found = (
        f"Files in formats that are not read here, and so in no feed and no newsletter: {named}."
    )
    cure = (
        "Write what is to be announced as Markdown or HTML; an ending whose files are Markdown can"
        " be added to posts.extensions."
    )
    return [Problem(folder, None, Level.WARNING, found, cure)]
