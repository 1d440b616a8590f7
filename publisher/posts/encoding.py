"""From bytes to text: byte order marks, line ends, and characters that no feed may carry."""

from __future__ import annotations

import codecs

from publisher.errors import FORBIDDEN, Level, Problem

# UTF-32 before UTF-16: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ILLEGAL_BYTES = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])


class UnreadableError(Exception):
    """The bytes are no text; carries the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def decode(data: bytes, path: str) -> tuple[str, list[Problem]]:
    """Decode a file as UTF-8, or as what its byte order mark says, with LF line ends.

    Characters that XML forbids are taken out, with a warning.

    Raises:
        UnreadableError: The bytes are no text.
    """
    if data.isascii() and len(data.translate(None, _ILLEGAL_BYTES)) == len(data):
        # Most files: nothing in them is to be taken out, and they carry no mark.
        return _with_line_feeds(data.decode("ascii")), []
    encoding, start = next(
        ((name, len(mark)) for mark, name in _MARKS if data.startswith(mark)), ("utf-8", 0)
    )
    try:
        text = data[start:].decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: start + error.start].count(b"\n") + 1
        # Guessing Latin-1 would publish mojibake under an id that readers keep.
        found = f"Byte {error.object[error.start]:#04x} is not {encoding.upper()}."
        raise UnreadableError(
            Problem(path, line, Level.ERROR, found, "Save the file as UTF-8.")
        ) from error
    # A file full of NUL is what a crash leaves of one that was being saved (ext4, XFS).
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise UnreadableError(
            Problem(
                path,
                line,
                Level.ERROR,
                "It holds NUL bytes: it is no text.",
                "Save it as UTF-8 text.",
            )
        )
    return _clean(_with_line_feeds(text), path)


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _clean(text: str, path: str) -> tuple[str, list[Problem]]:
    first = FORBIDDEN.search(text)
    if first is None:
        return text, []
    line = text.count("\n", 0, first.start()) + 1
    found = f"The control character U+{ord(first[0]):04X} was taken out: feeds may not carry it."
    return FORBIDDEN.sub("", text), [
        Problem(path, line, Level.WARNING, found, "Delete it from the file.")
    ]


def strip_illegal(text: str) -> str:
    """Take out of a single value what XML forbids (escapes in YAML and JSON can bring it in)."""
    return FORBIDDEN.sub("", text)
