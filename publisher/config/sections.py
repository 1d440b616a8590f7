"""Every section and key of the configuration, with its default, its check and the sentence the reference prints."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|w)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_MAILBOX = re.compile(r"(?:[^<>\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)")
_URL_PRESETS = ("jekyll", "hugo", "eleventy", "pelican", "zola", "astro", "wordpress")
_URL_FIELD = re.compile(r"\{([a-z]*)\}")
_URL_FIELDS = frozenset({"year", "month", "day", "slug", "path", "category"})

Content = Literal["full", "summary"]


def _duration(value: object) -> object:
    """Read ``"5m"``, ``"7d"``, ``"1s"`` or a number of seconds."""
    if isinstance(value, bool):
        raise ValueError("a duration such as 30, '5m' or '7d'")  # noqa: TRY004 - pydantic turns only ValueError into a report
    if isinstance(value, int | float):
        return timedelta(seconds=value)
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            raise ValueError("a duration such as 30, '5m' or '7d'")
        return timedelta(seconds=float(match[1]) * _SECONDS[match[2] or "s"])
    return value


def _zone(value: str) -> str:
    if value.startswith("/") or ".." in value:
        raise ValueError("an IANA time zone such as 'Europe/Berlin'")
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("an IANA time zone such as 'Europe/Berlin'") from error
    return value


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - a property that checks
    except ValueError as error:
        raise ValueError("an address such as 'https://example.com'") from error
    bad = parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment
    if bad or re.search(r"[\s<>\"{}|\\^`]", value):
        raise ValueError("an address such as 'https://example.com', without ? or #")
    return value.rstrip("/")


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError("a language tag such as 'en' or 'pt-BR'")
    return value


def _mailbox(value: str) -> str:
    if not _MAILBOX.fullmatch(value.strip()):
        raise ValueError("an address such as 'Ada <ada@example.com>'")
    return value.strip()


def _file_name(value: str) -> str:
    if not value or value.startswith(("/", ".")) or "\\" in value or ".." in value.split("/"):
        raise ValueError("a file name inside the output folder, such as 'feed.xml'")
    return value


def _post_address(value: str) -> str:
    if value in _URL_PRESETS:
        return value
    unknown = sorted(set(_URL_FIELD.findall(value)) - _URL_FIELDS)
    if unknown or not value.startswith("/"):
        known = " ".join(f"{{{name}}}" for name in sorted(_URL_FIELDS))
        raise ValueError(f"a pattern such as '/{{year}}/{{slug}}/' of {known}, or one of {', '.join(_URL_PRESETS)}")
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration), Field(ge=timedelta(0))]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Zone = Annotated[str, AfterValidator(_zone)]
Language = Annotated[str, AfterValidator(_language)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
FileName = Annotated[str, AfterValidator(_file_name)]
FileNameOrOff = FileName | Literal[False]
PostAddress = Annotated[str, AfterValidator(_post_address)]
Line = Annotated[str, Field(min_length=1, pattern=r"^[^\r\n]*$")]


class Section(BaseModel):
    """A frozen section that knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, validate_default=True)


class SiteConfig(Section):
    """What the site is."""

    title: Line = Field(description="Name of the site, as readers see it.")
    url: WebAddress = Field(description="Address of the site's home page.")
    description: str = Field("", description="One sentence about the site; the feeds carry it.")
    language: Language = Field("en", description="Language of the posts that name none (BCP 47).")
    timezone: Zone = Field("UTC", description="IANA zone in which dates without one are meant.")
    author: str = Field("", description="Author of the posts that name none.")
    copyright: str = Field("", description="Rights line of the feeds.")
    image: str = Field("", description="Absolute address of the site's logo, for feeds and newsletters.")


class PostsConfig(Section):
    """Which files are posts, and where their pages are."""

    folder: Path = Field(Path("posts"), description="Folder that is watched.")
    url: PostAddress = Field(
        "/{slug}/",
        description="Where a post's page is when its front matter does not say: a pattern of {year} {month} {day} "
        "{slug} {path} {category}, or jekyll, hugo, eleventy, pelican, zola, astro, wordpress.",
    )
    include: tuple[str, ...] = Field((), description="Globs; when given, only matching files are read.")
    exclude: tuple[str, ...] = Field((), description="Globs of files that are not read.")
    extensions: tuple[str, ...] = Field(
        (".md", ".markdown", ".mkd", ".html", ".htm", ".txt", ".rst"), description="File name endings that are read."
    )
    max_bytes: int = Field(5_000_000, ge=1, description="Larger files are refused, in bytes.")
    settle: Duration = Field(timedelta(seconds=1), description="How long a file must have been left alone before its news is decided.")
    require: Literal["publish"] | None = Field(
        None, description='"publish": only files whose front matter says publish: true are posts (Obsidian vaults).'
    )


class OutputConfig(Section):
    """Where files are written."""

    public: Path = Field(Path("public"), description="Folder of the feeds; serve it.")
    newsletters: Path = Field(Path("newsletters"), description="Folder of the composed newsletters.")


class FeedsConfig(Section):
    """What the feeds hold."""

    url: WebAddress | None = Field(None, description="Where the public folder is reachable; site.url when absent.")
    entries: int = Field(20, ge=1, le=1000, description="Entries in each feed, newest first.")
    content: Content = Field("full", description="Whole posts, or their summaries.")
    rss: FileNameOrOff = Field("feed.xml", description="File name of RSS 2.0, or false.")
    atom: FileNameOrOff = Field("atom.xml", description="File name of Atom 1.0, or false.")
    json_: FileNameOrOff = Field("feed.json", alias="json", description="File name of JSON Feed 1.1, or false.")
    tags: bool = Field(True, description="A feed for each tag.")
    categories: bool = Field(True, description="A feed for each category.")
    authors: bool = Field(True, description="A feed for each author, from two authors on.")
    archive: bool = Field(True, description="RFC 5005 archive documents of the whole history.")
    aliases: dict[FileName, Literal["rss", "atom", "json"]] = Field(
        default_factory=dict, description="Old addresses that get the same bytes, such as 'index.xml' = 'rss'."
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [name for name in (self.rss, self.atom, self.json_) if name]
        if not names:
            raise ValueError("at least one of rss, atom and json must be a file name")
        if len(set(names)) < len(names):
            raise ValueError("rss, atom and json need different file names")
        if any("/" in name for name in names):
            raise ValueError("rss, atom and json are file names without folders, because every sub-feed uses them too")
        return self


class NewsletterConfig(Section):
    """The newsletter, and what of the posts becomes one."""

    title: str = Field("", description="Name of the newsletter; site.title when empty.")
    sender: Mailbox | None = Field(None, alias="from", description="From of every message.")
    reply_to: Mailbox | None = Field(None, description="Where answers go; From when absent.")
    postal_address: str = Field("", description="Postal address in the footer (many laws ask for it).")
    intro: str = Field("", description="Markdown above every post.")
    outro: str = Field("", description="Markdown below every post.")
    content: Content = Field("full", description="Whole posts, or their summaries with a link.")
    include: tuple[str, ...] = Field((), description="Tags or categories; when given, only such posts are mailed.")
    exclude: tuple[str, ...] = Field((), description="Tags or categories that are never mailed.")
    approval: Literal["auto", "manual"] = Field("auto", description='"manual" holds every issue until released.')
    delay: Duration = Field(timedelta(minutes=5), description="Grace before an issue is queued; each edit restarts it.")
    max_age: Duration = Field(timedelta(days=7), description="Older posts that appear already published are held.")
    burst: int = Field(5, ge=1, description="More newly published posts than this in ten minutes are held.")
    digest_max: int = Field(20, ge=1, description="Posts shown whole in a digest; the rest are links.")


class DeliveryConfig(Section):
    """How messages leave."""

    transport: Literal["maildir"] = Field("maildir", description="This version writes messages and sends none.")


class WebConfig(Section):
    """The side of the program that readers meet in a browser."""

    url: WebAddress | None = Field(None, description="Where preferences and unsubscribe pages are; site.url if absent.")


class ScheduleConfig(Section):
    """When the daemon looks."""

    scan: Duration = Field(timedelta(seconds=60), ge=timedelta(seconds=1), description="How often the folder is looked at anyway.")
    watch: Literal["auto", "poll", "off"] = Field(
        "auto", description='"auto" asks the system, "poll" looks (network and container mounts), "off" only scans.'
    )


class StateConfig(Section):
    """Where the program remembers."""

    folder: Path = Field(Path("state"), description="Folder of database, keys and lock.")
    url: str = Field("", description="SQLAlchemy address of a PostgreSQL database; empty for SQLite in the folder.")


class LogConfig(Section):
    """What the daemon says of itself."""

    format: Literal["auto", "console", "json"] = Field("auto", description='"auto": console on a terminal, else JSON.')
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is written.")


class HooksConfig(Section):
    """Commands run after something happened: a list of words, no shell, JSON on standard input."""

    feeds_changed: tuple[str, ...] = Field((), description="After feed files changed.")
    issue_held: tuple[str, ...] = Field((), description="After a round held issues.")
    issue_queued: tuple[str, ...] = Field((), description="After a round queued issues.")


class Config(Section):
    """The whole configuration.

    Attributes:
        path: The file it came from, absolute; relative paths are relative to its folder.
    """

    path: Path = Field(exclude=True, description="")
    site: SiteConfig
    posts: PostsConfig = Field(default_factory=PostsConfig)
    output: OutputConfig = Field(default_factory=OutputConfig)
    feeds: FeedsConfig = Field(default_factory=FeedsConfig)
    newsletter: NewsletterConfig = Field(default_factory=NewsletterConfig)
    delivery: DeliveryConfig = Field(default_factory=DeliveryConfig)
    web: WebConfig = Field(default_factory=WebConfig)
    schedule: ScheduleConfig = Field(default_factory=ScheduleConfig)
    state: StateConfig = Field(default_factory=StateConfig)
    log: LogConfig = Field(default_factory=LogConfig)
    hooks: HooksConfig = Field(default_factory=HooksConfig)

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.site.timezone)

    @property
    def feeds_url(self) -> str:
        """Where the public folder is reachable, without a closing slash."""
        return self.feeds.url or self.site.url

    @property
    def web_url(self) -> str:
        """Where readers find preferences and unsubscribe pages, without a closing slash."""
        return self.web.url or self.site.url

    def _absolute(self, path: Path) -> Path:
        return (self.path.parent / path.expanduser()).absolute()

    @property
    def posts_folder(self) -> Path:
        """Absolute path of the posts folder."""
        return self._absolute(self.posts.folder)

    @property
    def public_folder(self) -> Path:
        """Absolute path of the feeds' folder."""
        return self._absolute(self.output.public)

    @property
    def newsletters_folder(self) -> Path:
        """Absolute path of the composed newsletters' folder."""
        return self._absolute(self.output.newsletters)

    @property
    def state_folder(self) -> Path:
        """Absolute path of the state folder."""
        return self._absolute(self.state.folder)

    @property
    def templates_folder(self) -> Path:
        """Absolute path of the site's own templates, which need not exist."""
        return self.path.parent / "templates"
