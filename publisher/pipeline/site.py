"""One site as the pipeline sees it: its configuration, and the few things at the edges it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from jinja2 import Environment

    from publisher.catalogue import Adopted, IssueContent, IssueRecord, Mark, Memory, Record, StoredTerm, WrittenDocument
    from publisher.config import Config
    from publisher.models import FileStat, IssueState, Post, Problem, Rendered
    from publisher.pipeline.looking import Clocks, Looker


class Tables(Protocol):
    """The database inside one transaction."""

    def memory(self) -> Memory: ...
    def save_memory(self, memory: Memory) -> None: ...
    def bump(self) -> None: ...
    def records(self) -> list[Record]: ...
    def add_records(self, records: Sequence[Record]) -> list[int]: ...
    def update_records(self, records: Sequence[Record]) -> None: ...
    def delete_records(self, keys: Collection[int]) -> None: ...
    def save_sources(self, sources: Mapping[int, tuple[Post, str]]) -> None: ...
    def load_posts(self, keys: Collection[int]) -> Mapping[int, Post]: ...
    def load_sources(self, keys: Collection[int]) -> Mapping[int, tuple[Post, str]]: ...
    def load_renders(self, keys: Mapping[int, str]) -> Mapping[int, Rendered]: ...
    def save_renders(self, renders: Mapping[int, tuple[str, Rendered]]) -> None: ...
    def documents(self) -> dict[str, WrittenDocument]: ...
    def save_documents(self, documents: Sequence[WrittenDocument]) -> None: ...
    def forget_documents(self, paths: Collection[str]) -> None: ...
    def terms(self) -> list[StoredTerm]: ...
    def add_terms(self, terms: Sequence[StoredTerm]) -> None: ...
    def adopted(self) -> list[Adopted]: ...
    def save_adopted(self, entries: Sequence[Adopted]) -> None: ...
    def issues(self, states: Collection[IssueState] | None = None) -> list[IssueRecord]: ...
    def issue(self, key: int) -> IssueRecord | None: ...
    def add_issue(self, issue: IssueRecord, content: IssueContent | None) -> int: ...
    def update_issues(self, issues: Sequence[IssueRecord]) -> None: ...
    def folders(self) -> set[str]: ...
    def content(self, key: int) -> IssueContent | None: ...
    def save_content(self, key: int, content: IssueContent) -> None: ...


class State(Protocol):
    """The database."""

    def reading(self) -> AbstractContextManager[Tables]: ...
    def transaction(self) -> AbstractContextManager[Tables]: ...
    def identity(self) -> str: ...


class Folder(Protocol):
    """A folder of ours, written atomically."""

    root: Path

    def write(self, relative: str, data: bytes) -> bool: ...
    def stat(self, relative: str) -> FileStat | None: ...


@dataclass(frozen=True)
class Site:
    """Everything a round needs, put together by :mod:`publisher.app`.

    Attributes:
        config: The configuration.
        state: The database.
        looker: Looks at the posts folder; lives as long as the process, because it remembers when files moved.
        clocks: Of the machine.
        public: Where feeds are written.
        newsletters: Where issues are exported.
        environment: Makes the Jinja2 environment, when an issue is composed.
        read_mark: Reads ``newsletters/.mark``.
        write_mark: Writes it.
        hook: Runs a configured command with a JSON payload; gives the problem it had.
        reading_fingerprint: Of what decides how files are read.
        posts_fingerprint: Of ``[posts]`` and the program's version.
        feeds_fingerprint: Of what decides how feeds look.
    """

    config: Config
    state: State
    looker: Looker
    clocks: Clocks
    public: Folder
    newsletters: Folder
    environment: Callable[[], Environment]
    read_mark: Callable[[], Mark | None]
    write_mark: Callable[[Mark], None]
    hook: Callable[[Sequence[str], Mapping[str, object]], Problem | None]
    reading_fingerprint: str
    posts_fingerprint: str
    feeds_fingerprint: str

    def issue_path(self, issue: IssueRecord) -> str | None:
        """Give an issue's HTML file relative to the configuration's folder, or None when it is not written."""
        return f"{self.config.output.newsletters.as_posix()}/{issue.folder}/issue.html" if issue.folder else None
