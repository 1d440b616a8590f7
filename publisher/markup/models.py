"""What rendering takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

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


class RangeKind(Enum):
    """What a part of a body is that is not running text."""

    COMMENT = auto()
    DEFINITION = auto()
    """Of a link that leads nowhere, whose title is a remark: the definition stays."""
    CODE = auto()
    """As written."""
    LITERAL = auto()
    """What stands inside is text, and no template."""
    LISTING = auto()
    """Code between the tags of a shortcode."""


class OpaqueRange(NamedTuple):
    """A part of a body that is not running text.

    Attributes:
        kind: Of it.
        start: Where it begins.
        end: Where it ends.
        inside: Of literals and listings: what stays. Of definitions: the label.
        language: Of listings.
        closed: False for a comment that nothing ends.
    """

    kind: RangeKind
    start: int
    end: int
    inside: str = ""
    language: str = ""
    closed: bool = True


RENDERER = "4"
"""Changes when the same body would render differently: it keys the cache of rendered bodies."""


def rst_available() -> bool:
    """Return whether docutils is installed (``pip install 'publisher[rst]'``)."""
    return find_spec("docutils") is not None
