"""One file of the posts folder, as bytes, becomes a Reading: a post, a reason why it is none, or what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.models import NO_FRONT_MATTER, Kind, Level, Markup, Problem, Reading
from publisher.source import flags
from publisher.source.addresses import Site, section_of
from publisher.source.decode import UnreadableError, decode
from publisher.source.fields import Fields
from publisher.source.front_matter import FrontMatterError, split

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from publisher.config import Config
    from publisher.models import SourceFile
    from publisher.source.front_matter import Parts

_MARKUP = {".html": Markup.HTML, ".htm": Markup.HTML, ".rst": Markup.RST}


@dataclass(frozen=True)
class Reader:
    """Reads files as one site's configuration says.

    Attributes:
        site: What addresses depend on.
        zone: In which naive dates are meant.
        require_publish: Only files with ``publish: true`` are posts.
        can_read_rst: docutils is installed.
        size_of: Gives the size of a local file by post path and address as written, or None.
    """

    site: Site
    zone: ZoneInfo
    require_publish: bool = False
    can_read_rst: bool = True
    size_of: Callable[[str, str], int | None] = lambda _path, _address: None

    @classmethod
    def of(cls, config: Config, size_of: Callable[[str, str], int | None], *, can_read_rst: bool) -> Reader:
        """Make the reader of a configuration."""
        site = Site(config.site.url, config.posts.url, section_of(config.posts.folder.as_posix()))
        return cls(site, config.zone, config.posts.require == "publish", can_read_rst, size_of)

    def read(self, file: SourceFile) -> Reading:
        """Understand one file; whatever its bytes are, this gives a Reading."""
        try:
            text, problems = decode(file.data, file.path)
            parts = split(text, file.path)
        except (UnreadableError, FrontMatterError) as error:
            return Reading(file.path, Kind.INVALID, problems=(error.problem,))
        problems += parts.problems
        return self._understand(file.path, parts, problems)

    def _understand(self, path: str, parts: Parts, problems: list[Problem]) -> Reading:
        if not parts.format:
            return Reading(path, Kind.IGNORED, reason=NO_FRONT_MATTER, problems=tuple(problems))
        reason = flags.not_a_post(path, parts.metadata, require_publish=self.require_publish)
        if reason:
            return Reading(path, Kind.IGNORED, reason=reason, problems=tuple(problems))
        markup = _MARKUP.get(path[path.rfind(".") :].lower(), Markup.MARKDOWN)
        if markup is Markup.RST and not self.can_read_rst:
            found, cure = "reStructuredText needs docutils.", "Install it: pip install 'publisher[rst]'."
            return Reading(path, Kind.INVALID, problems=(*problems, Problem(path, 1, Level.ERROR, found, cure)))
        fields = Fields(path, parts, self.site, self.zone, lambda address: self.size_of(path, address))
        post = fields.post(markup)
        problems += fields.problems
        if flags.would_leak(post.title):
            found = f"Its title {post.title[:60]!r} marks it as protected or private; it is not published."
            problem = Problem(path, parts.lines().get("title", 1), Level.WARNING, found, "Rename it if it is meant to be public.")
            return Reading(path, Kind.IGNORED, reason="protected or private title", problems=(*problems, problem))
        return Reading(path, Kind.POST, post, parts.body, problems=tuple(problems))
