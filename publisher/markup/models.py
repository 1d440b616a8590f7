"""What rendering takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.errors import Problem


class Markup(StrEnum):
    """The language a body is written in."""

    MARKDOWN = "markdown"
    HTML = "html"
    RST = "rst"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A body as safe, absolute, well-formed HTML.

    Attributes:
        html: Balanced HTML fragment; every link and image absolute; nothing that runs.
        summary: Plain text: before ``<!--more-->``, else the first paragraph, cut at a word.
        images: Absolute addresses of the pictures in the body, in order.
        problems: What was removed or could not be understood, with lines of the file where known.
    """

    html: str
    summary: str
    images: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


RENDERER = "4"
"""Changes when the same body would render differently: it keys the cache of rendered bodies."""


def rst_available() -> bool:
    """Return whether docutils is installed (``pip install 'publisher[rst]'``)."""
    return find_spec("docutils") is not None
