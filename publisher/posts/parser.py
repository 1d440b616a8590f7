"""One file of the posts folder, as bytes, becomes a Reading.

A post, a reason why it is none, or what is wrong with it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.errors import Level, Problem
from publisher.markup.models import Markup
from publisher.posts import status_words, visibility
from publisher.posts.dates import parse_date
from publisher.posts.dialects.registry import preset_of
from publisher.posts.encoding import UnreadableError, decode
from publisher.posts.fields import Fields
from publisher.posts.flags import as_flag
from publisher.posts.front_matter import FrontMatterError, split
from publisher.posts.keys import entries_of
from publisher.posts.models import NO_FRONT_MATTER, FileKind, Reading
from publisher.posts.permalinks import AddressRules, section_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from zoneinfo import ZoneInfo

    from publisher.config import Config
    from publisher.posts.front_matter import FrontMatter
    from publisher.posts.keys import Entry
    from publisher.posts.models import SourceFile


_MARKUP = {".html": Markup.HTML, ".htm": Markup.HTML, ".rst": Markup.RST}


@dataclass(frozen=True)
class PostParser:
    """Reads files as one site's configuration says.

    Attributes:
        site: What addresses depend on.
        zone: In which naive dates are meant.
        require: Only files with this flag are posts (``posts.require``: ``publish`` or ``share``);
            empty: all.
        public_words: Words that do not hide a post (``posts.public_words``), as they are compared.
        is_jekyll: The posts folder is, or stands in, a ``_posts``.
        in_vault: It stands in an Obsidian vault.
        can_read_rst: docutils is installed.
        size_of: Gives the size of a local file by post path and address as written, or None.
    """

    site: AddressRules
    zone: ZoneInfo
    require: str = ""
    public_words: frozenset[str] = frozenset()
    is_jekyll: bool = False
    in_vault: bool = False
    can_read_rst: bool = True
    size_of: Callable[[str, str], int | None] = lambda _path, _address: None

    @classmethod
    def of(
        cls,
        config: Config,
        size_of: Callable[[str, str], int | None],
        *,
        can_read_rst: bool,
        in_vault: bool,
    ) -> PostParser:
        """Make the reader of a configuration."""
        posts, language = config.posts, config.site.language
        folder = posts.folder.as_posix()
        section = (
            posts.section if posts.section is not None else section_of(folder, posts.url, language)
        )
        return cls(
            AddressRules(config.site.url, posts.url, section, language),
            config.zone,
            posts.require or "",
            frozenset(map(status_words.word_of, posts.public_words)),
            "_posts" in folder.split("/"),
            in_vault,
            can_read_rst,
            size_of,
        )

    def read(self, file: SourceFile) -> Reading:
        """Parse one file; whatever its bytes are, this returns a Reading."""
        if visibility.is_conflict_copy(file.path):
            found = (
                "A syncing program left it because one post was edited in two places; it is not"
                " published."
            )
            problem = Problem(
                file.path,
                1,
                Level.WARNING,
                found,
                "Take from it what is missing in the post, then delete it.",
            )
            return Reading(
                file.path,
                FileKind.IGNORED,
                reason="a copy of an edit conflict",
                problems=(problem,),
            )
        try:
            text, problems = decode(file.data, file.path)
            parts = split(text, file.path)
        except (UnreadableError, FrontMatterError) as error:
            return Reading(file.path, FileKind.INVALID, problems=(error.problem,))
        problems += parts.problems
        return self._understand(file.path, parts, problems)

    def _understand(self, path: str, parts: FrontMatter, problems: list[Problem]) -> Reading:
        if not parts.format or not (parts.metadata or parts.body.strip()):
            return Reading(path, FileKind.IGNORED, reason=NO_FRONT_MATTER, problems=tuple(problems))
        entries = entries_of(parts.metadata)
        seen = visibility.see(
            path, entries, public_words=self.public_words,
            is_jekyll_post=self.is_jekyll or "_posts" in path.split("/")[:-1],
            in_vault=self.in_vault,
        )  # fmt: skip
        reason = (
            visibility.no_post_by_path(path, preset_of(self.site.pattern))
            or seen.hidden
            or self._unrequired(entries)
        )
        if reason:
            return Reading(path, FileKind.IGNORED, reason=reason, problems=tuple(problems))
        markup = _MARKUP.get(path[path.rfind(".") :].lower(), Markup.MARKDOWN)
        if markup is Markup.RST and not self.can_read_rst:
            found = "reStructuredText needs docutils."
            cure = "Install it: pip install 'publisher[rst]'."
            return Reading(
                path,
                FileKind.INVALID,
                problems=(*problems, Problem(path, 1, Level.ERROR, found, cure)),
            )
        fields = Fields(
            path,
            parts,
            entries,
            seen,
            self.site,
            self.zone,
            lambda address: self.size_of(path, address),
        )
        post = fields.post(markup)
        problems += fields.problems
        if visibility.is_hidden_by_title(post.title):
            found = (
                f"Its title {post.title[:60]!r} marks it as protected or private; it is not"
                " published."
            )
            problem = Problem(
                path,
                parts.lines().get("title", 1),
                Level.WARNING,
                found,
                "Rename it if it is meant to be public.",
            )
            return Reading(
                path,
                FileKind.IGNORED,
                reason="protected or private title",
                problems=(*problems, problem),
            )
        moments = fields.moments
        lines = parts.lines() if fields.moments.unreadable or fields.moments.odd else {}
        level = Level.WARNING if post.draft else Level.ERROR
        dates = [
            Problem(path, lines.get(date.key, 1), level, date.found, date.cure)
            for date in moments.unreadable
        ]
        problems += [
            *dates,
            *(
                Problem(path, lines.get(date.key, 1), Level.WARNING, date.found, date.cure)
                for date in moments.odd
            ),
        ]
        if dates and not post.draft:
            return Reading(path, FileKind.INVALID, problems=tuple(problems))
        if post.doubt:
            problems.append(_doubt(path, parts.lines().get(seen.doubt_key, 1), post.doubt))
        return Reading(path, FileKind.POST, post, parts.body, problems=tuple(problems))

    def _unrequired(self, entries: Sequence[Entry]) -> str:
        """Return which flag it has not that every post must have.

        A flag that says no makes a draft of it.
        """
        if not self.require:
            return ""
        value = visibility.flags_with(entries, self.require)
        has_flag = (
            as_flag(value) is not None if self.require == "publish" else as_flag(value) is True
        )
        return (
            ""
            if has_flag or (self.require == "publish" and self._is_date(value))
            else f'no "{self.require}: true" (posts.require)'
        )

    def _is_date(self, value: object) -> bool:
        try:
            return parse_date(value, self.zone) is not None
        except (ValueError, OverflowError):
            return True  # to be refused as the date it is meant to be


def _doubt(path: str, line: int, doubt: str) -> Problem:
    """Return the problem of an unknown word: what is known, and the line that would allow it."""
    word = doubt.partition(": ")[2]
    found = (
        f"{doubt!r} is no word known here: a new post is hidden by it, one that is in the feeds"
        " stays there and is not mailed."
    )
    known = (
        f"public are {', '.join(status_words.PUBLIC)}; drafts"
        f" {', '.join((*status_words.DRAFT, *status_words.SCHEDULED))};"
        f" hidden {', '.join(status_words.HIDDEN)}"
    )
    cure = (
        f"Known are: {known}. If it is public, write public_words ="
        f" [{json.dumps(word, ensure_ascii=False)}] under [posts]."
    )
    return Problem(path, line, Level.WARNING, found, cure)
