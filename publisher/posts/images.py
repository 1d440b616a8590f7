"""How wide the pictures of a site are, read from their files.

Mail needs the number (see ``publisher.newsletter.image_widths``).
"""

from __future__ import annotations

import io
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.config import Config
    from publisher.posts.models import Entry


_HEADER = 262_144
"""Bytes of a file that are read: JPEG may keep previews and colour profiles before its size."""
_WIDEST = 100_000
_STATIC = ("", "static", "public", "assets", "content", "src", "source", "_site")
"""Folders below the configuration's (and the posts') that generators publish at the root of the
site."""


class LocalImages:
    """Finds pictures of one site on disk."""

    def __init__(self, config: Config) -> None:
        self._site = urlsplit(config.site.url)
        self._posts = config.posts_folder
        self._site_folder = config.path.parent

    def width_of(self, address: str, entry: Entry) -> int | None:
        """Return the width in pixels of a picture of this site, or None where no file tells.

        Args:
            address: Absolute, as it stands in the post's HTML.
            entry: The post: what stands beside its file is looked for there.
        """
        parts = urlsplit(address)
        if parts.netloc != self._site.netloc:
            return None
        for path in self._candidates(unquote(parts.path), entry):
            if path.is_file():
                info = path.stat()
                return _width(path, info.st_mtime_ns, info.st_size)
        return None

    def _candidates(self, path: str, entry: Entry) -> Iterator[Path]:
        """Yield where the file of an address may be: beside the post, below the site's folders.

        Never outside of them.
        """
        page = urlsplit(entry.page_url).path
        places = []
        if path.startswith(page):
            places.append((self._posts / entry.path).parent / path[len(page) :])
        below = path.removeprefix(self._site.path).lstrip("/")
        places += [
            folder / name / below for folder in (self._site_folder, self._posts) for name in _STATIC
        ]
        roots = [os.path.realpath(root) + os.sep for root in (self._site_folder, self._posts)]
        for place in places:
            found = os.path.realpath(place)
            if found.startswith(tuple(roots)):
                yield Path(found)


@lru_cache(maxsize=512)
def _width(path: Path, _mtime_ns: int, _size: int) -> int | None:
    """Return the width of a file as it is now, or None where it is no picture."""
    import imagesize  # noqa: PLC0415 - only composing needs it

    try:
        with path.open("rb") as file:
            width, _ = imagesize.get(io.BytesIO(file.read(_HEADER)))
    except OSError:
        return None
    return round(width) if 0 < width <= _WIDEST else None
