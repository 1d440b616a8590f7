"""The public folder over HTTP.

Strong ETags, conditional requests, ranges, compressed once per version of a file.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import stat as stat_module
from collections import OrderedDict
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import quote

import brotli
from fastapi import APIRouter, HTTPException, Request, Response
from starlette.datastructures import Headers
from starlette.staticfiles import StaticFiles

from publisher.feeds.formats import FORMATS, formats
from publisher.web.routes import readable

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.config import Config


router = APIRouter(include_in_schema=False)

_TYPES = {
    ".json": f"{FORMATS['json'].media_type}; charset=utf-8", ".opml": "text/x-opml; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".txt": "text/plain; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg", ".ico": "image/x-icon",
}  # fmt: skip
_SQUEEZED = ("application/", "text/", "image/svg")
_CACHED_BYTES = 64 * 1024 * 1024
_CONDITIONS = StaticFiles(check_dir=False)
"""Decides conditional requests (RFC 9110, 13.2.2); bytes come from ``PublicFiles``."""
_MAX_AGE = "public, max-age=300, must-revalidate"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a file: its bytes, plain and squeezed, and what names them."""

    stat: tuple[int, int, int]
    type: str
    modified: float
    digest: str
    data: bytes
    squeezed: dict[str, bytes]


@dataclass
class PublicFiles:
    """The files of the public folder, those lately asked for in memory.

    Attributes:
        root: The folder; nothing outside it is served.
        url: Where it is reachable.
        private: Real paths of files and folders of which nothing is served.
    """

    root: Path
    url: str
    private: tuple[str, ...] = ()
    _versions: OrderedDict[str, Version] = field(default_factory=OrderedDict)
    _size: int = 0

    def get(self, path: str) -> Version | None:
        """Return a file as it is now, or None.

        Costs one ``stat`` while the file does not change.
        """
        full = self._inside(path)
        if full is None:
            return None
        try:
            info = os.stat(full)  # noqa: PTH116 - a hot path
        except (OSError, ValueError):
            return None
        if not stat_module.S_ISREG(info.st_mode):
            return None
        mark = (info.st_size, info.st_mtime_ns, info.st_ino)
        known = self._versions.get(path)
        if known is not None and known.stat == mark:
            self._versions.move_to_end(path)
            return known
        try:
            with open(full, "rb") as stream:  # noqa: PTH123 - a hot path
                data = stream.read()
        except OSError:
            return None
        return self._keep(path, _version(full, mark, info.st_mtime, data))

    def _keep(self, path: str, version: Version) -> Version:
        old = self._versions.pop(path, None)
        self._size += _weight(version) - (_weight(old) if old is not None else 0)
        self._versions[path] = version
        while self._size > _CACHED_BYTES and len(self._versions) > 1:
            _, gone = self._versions.popitem(last=False)
            self._size -= _weight(gone)
        return version

    def _inside(self, path: str) -> str | None:
        if "\0" in path or _is_hidden(path):
            return None
        root = os.path.realpath(self.root)
        full = os.path.realpath(f"{root}/{path}")
        if not full.startswith(root + os.sep) or _is_hidden(full[len(root) + 1 :]):
            return None  # a link leads out, or to what has no name here
        return None if any(f"{full}/".startswith(f"{place}/") for place in self.private) else full

    def feeds(self, config: Config) -> list[tuple[str, str, str]]:
        """Return name, type and address of the site's feeds, for autodiscovery."""
        return [
            (FORMATS[key].title, FORMATS[key].media_type, f"{self.url}/{file}")
            for key, file in formats(config.feeds).items()
        ]


def _is_hidden(path: str) -> bool:
    """Return whether a path has an empty part, a step up or a name with a dot in front."""
    # The public folder may be a whole site's, with .git in it.
    return any(not part or part.startswith(".") for part in path.split("/"))


def _version(full: str, mark: tuple[int, int, int], modified: float, data: bytes) -> Version:
    kind = _type(full, data)
    squeezed: dict[str, bytes] = {}
    if kind.startswith(_SQUEEZED):
        # Once for each change of a file: feed readers ask far more often than posts come. mtime=0,
        # so that the same bytes have one ETag.
        squeezed = {"br": brotli.compress(data, quality=6), "gzip": gzip.compress(data, 6, mtime=0)}
    return Version(mark, kind, modified, hashlib.sha256(data).hexdigest()[:32], data, squeezed)


def _type(name: str, data: bytes) -> str:
    ending = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a hot path
    if ending == ".xml" or ending not in _TYPES:
        head = data[:1000]
        if b"<rss" in head:
            return f"{FORMATS['rss'].media_type}; charset=utf-8"
        if b"<feed" in head:
            return f"{FORMATS['atom'].media_type}; charset=utf-8"
        return "application/xml; charset=utf-8" if ending == ".xml" else "application/octet-stream"
    return _TYPES[ending]


def _weight(version: Version) -> int:
    return len(version.data) + sum(map(len, version.squeezed.values()))


@readable(router, "/{path:path}")
async def public_file(request: Request, path: str) -> Response:
    """Serve a file of the public folder."""
    web = request.app.state.web
    version = web.public.get(path)
    if version is None:
        raise HTTPException(404, "There is no such page.")
    encoding, body = _choose(version, request.headers.get("accept-encoding", ""))
    # Strong tags differ by encoding (RFC 9110, 8.8.3.3).
    etag = f'"{version.digest}-{encoding}"' if encoding else f'"{version.digest}"'
    headers = {
        "ETag": etag,
        "Last-Modified": formatdate(version.modified, usegmt=True),
        "Cache-Control": _MAX_AGE,
        "Link": f'<{web.public.url}/{quote(path)}>; rel="self"',
        "Accept-Ranges": "bytes",
    }
    if version.squeezed:
        headers["Vary"] = "Accept-Encoding"
    if _CONDITIONS.is_not_modified(Headers(headers), request.headers):
        return Response(status_code=304, headers=headers)
    span = _range(request, etag, version, len(version.data))
    # A range of compressed bytes helps nobody: who asks for one gets it of the plain file.
    if span is not None and not encoding:
        start, end = span
        if start >= end:
            return Response(
                status_code=416,
                headers={**headers, "Content-Range": f"bytes */{len(version.data)}"},
            )
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(version.data)}"
        return Response(body[start:end], 206, headers, version.type)
    if encoding:
        headers["Content-Encoding"] = encoding
    return Response(body, 200, headers, version.type)


def _choose(version: Version, accepted: str) -> tuple[str, bytes]:
    """Choose an encoding (RFC 9110, 12.5.3); ``q=0`` refuses one."""
    given = {}
    for part in accepted.lower().split(","):
        name, _, quality = part.partition(";")
        given[name.strip()] = quality.strip().replace(" ", "")
    for encoding in ("br", "gzip"):
        if (
            encoding in version.squeezed
            and encoding in given
            and given[encoding] not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
        ):
            return encoding, version.squeezed[encoding]
    return "", version.data


def _range(request: Request, etag: str, version: Version, size: int) -> tuple[int, int] | None:
    """Return one range asked for as start and end, or None to send everything.

    Everything is sent for several ranges, or an If-Range that failed.
    """
    asked = request.headers.get("range", "")
    if not asked.startswith("bytes=") or "," in asked:
        return None
    condition = request.headers.get("if-range")
    if (
        condition is not None
        and condition != etag
        and condition != formatdate(version.modified, usegmt=True)
    ):
        return None
    first, dash, last = asked.removeprefix("bytes=").strip().partition("-")
    if (
        not dash
        or not (first or last)
        or not all(part.isascii() and (part.isdigit() or not part) for part in (first, last))
    ):
        return None
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size
