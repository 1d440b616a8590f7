"""Every section and key of the configuration.

Each has its default, its check and the sentence the reference prints.
"""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from publisher.config.types import (
    Command,
    Content,
    Duration,
    Extension,
    FileName,
    FileNameOrOff,
    FolderName,
    Glob,
    Language,
    Line,
    Mailbox,
    Network,
    Origin,
    PostAddress,
    TimeOfDay,
    WebAddress,
    Zone,
)

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that are this machine: only there may mail travel in clear text."""


_OPML = "feeds.opml"
_OURS = frozenset({"tags", "categories", "authors", "archive"})
"""What is in the public folder besides the feeds of the site."""


class Section(BaseModel):
    """A frozen section that knows all its keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, validate_default=True
    )


class SiteConfig(Section):
    """What the site is."""

    title: Line = Field(description="Name of the site, as readers see it.")
    url: WebAddress = Field(description="Address of the site's home page.")
    description: str = Field("", description="One sentence about the site; the feeds carry it.")
    language: Language = Field("en", description="Language of the posts that name none (BCP 47).")
    timezone: Zone = Field("UTC", description="IANA zone in which dates without one are meant.")
    author: str = Field("", description="Author of the posts that name none.")
    copyright: str = Field("", description="Rights line of the feeds.")
    image: str = Field(
        "", description="Absolute address of the site's logo, for feeds and newsletters."
    )


class PostsConfig(Section):
    """Which files are posts, and where their pages are."""

    folder: Path = Field(Path("posts"), description="Folder that is watched.")
    url: PostAddress = Field(
        "/{slug}/",
        description=(
            "Where a post's page is when its front matter does not say: a pattern of {year} {month}"
            " {day} {slug} {path} {category}, or jekyll, hugo, eleventy, pelican, zola, astro,"
            " wordpress."
        ),
    )
    section: FolderName | None = Field(
        None,
        description=(
            "With hugo, eleventy, zola or astro: what the folder is called below the generator's"
            " content folder, and so in addresses; guessed from the folder when absent"
            " (content/posts is posts)."
        ),
    )
    include: tuple[Glob, ...] = Field(
        (), description="Globs; when given, only matching files are read."
    )
    exclude: tuple[Glob, ...] = Field((), description="Globs of files that are not read.")
    extensions: tuple[Extension, ...] = Field(
        (".md", ".markdown", ".mkd", ".html", ".htm", ".txt", ".rst"),
        description="File name endings that are read.",
    )
    max_bytes: int = Field(5_000_000, ge=1, description="Larger files are refused, in bytes.")
    settle: Duration = Field(
        timedelta(seconds=1),
        description="How long a file must have been left alone before its news is decided.",
    )
    require: Literal["publish", "share"] | None = Field(
        None,
        description=(
            '"publish" or "share": only files whose front matter says publish: true (share: true)'
            " are posts (Obsidian vaults)."
        ),
    )
    public_words: tuple[str, ...] = Field(
        (),
        description=(
            "Words of your own that do not hide a post under status, state or visibility, such as"
            ' "evergreen".'
        ),
    )


class OutputConfig(Section):
    """Where files are written."""

    public: Path = Field(
        Path("public"),
        description=(
            "Folder of the feeds; serve it. It may not hold the state, keys, maildir or"
            " newsletters."
        ),
    )
    newsletters: Path = Field(
        Path("newsletters"),
        description="Folder of the composed newsletters; init sets .publisher/newsletters.",
    )


class FeedsConfig(Section):
    """What the feeds hold."""

    url: WebAddress | None = Field(
        None, description="Where the public folder is reachable; site.url when absent."
    )
    entries: int = Field(20, ge=1, le=1000, description="Entries in each feed, newest first.")
    content: Content = Field("full", description="Whole posts, or their summaries.")
    rss: FileNameOrOff = Field("feed.xml", description="File name of RSS 2.0, or false.")
    atom: FileNameOrOff = Field("atom.xml", description="File name of Atom 1.0, or false.")
    json_: FileNameOrOff = Field(
        "feed.json", alias="json", description="File name of JSON Feed 1.1, or false."
    )
    tags: bool = Field(True, description="A feed for each tag.")
    categories: bool = Field(True, description="A feed for each category.")
    authors: bool = Field(True, description="A feed for each author, from two authors on.")
    archive: bool = Field(True, description="RFC 5005 archive documents of the whole history.")
    aliases: dict[FileName, Literal["rss", "atom", "json"]] = Field(
        default_factory=dict,
        description="Old addresses that get the same bytes, such as 'index.xml' = 'rss'.",
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [name for name in (self.rss, self.atom, self.json_) if name]
        if not names:
            raise ValueError("at least one of rss, atom and json must be a file name")
        if len(set(names)) < len(names):
            raise ValueError("rss, atom and json need different file names")
        if any("/" in name for name in names):
            raise ValueError(
                "rss, atom and json are file names without folders, because every sub-feed uses"
                " them too"
            )
        for alias in self.aliases:
            if alias in {*names, _OPML} or alias.partition("/")[0] in _OURS:
                raise ValueError(
                    f"aliases: {alias!r} is where a document of another name is written; name an"
                    " address that is free"
                )
        if _OPML in names or _OURS & set(names):
            raise ValueError(
                f"rss, atom and json: {_OPML}, {', '.join(sorted(_OURS))} are written by that name"
                " already"
            )
        return self


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class NewsletterConfig(Section):
    """The newsletter, and what of the posts becomes one."""

    title: str = Field("", description="Name of the newsletter; site.title when empty.")
    sender: Mailbox | None = Field(None, alias="from", description="From of every message.")
    reply_to: Mailbox | None = Field(None, description="Where answers go; From when absent.")
    postal_address: str = Field(
        "", description="Postal address in the footer (many laws ask for it)."
    )
    intro: str = Field("", description="Markdown above every post.")
    outro: str = Field("", description="Markdown below every post.")
    content: Content = Field("full", description="Whole posts, or their summaries with a link.")
    include: tuple[str, ...] = Field(
        (), description="Tags or categories; when given, only such posts are mailed."
    )
    exclude: tuple[str, ...] = Field((), description="Tags or categories that are never mailed.")
    approval: Literal["auto", "manual"] = Field(
        "auto", description='"manual" holds every issue until released.'
    )
    delay: Duration = Field(
        timedelta(minutes=5), description="Grace before an issue is queued; each edit restarts it."
    )
    max_age: Duration = Field(
        timedelta(days=7), description="Older posts that appear already published are held."
    )
    burst: int = Field(
        5, ge=1, description="More newly published posts than this in ten minutes are held."
    )
    wait_for_page: bool = Field(
        True,
        description="With smtp: an issue waits until its post's page on the site's host answers.",
    )
    digest_time: TimeOfDay = Field(
        time(8), description="When digests go, in the subscriber's zone."
    )
    digest_weekday: Weekday = Field("monday", description="Day of weekly digests.")
    digest_monthday: int = Field(
        1, ge=1, le=31, description="Day of monthly digests; the last one of a shorter month."
    )
    digest_max: int = Field(
        20, ge=1, description="Posts shown whole in a digest; the rest are links."
    )


class SubscribersConfig(Section):
    """How people come onto the list."""

    confirm: bool = Field(
        True, description="Double opt-in: nobody gets mail before the click in the confirm mail."
    )
    sender: Mailbox | None = Field(
        None,
        alias="from",
        description="From of confirm, welcome and goodbye mails; newsletter.from if absent.",
    )
    consent: str = Field(
        "Send me the newsletter. I can leave at any time.",
        min_length=1,
        description="What the form says beside its button; kept as proof.",
    )


class DeliveryConfig(Section):
    """How messages leave."""

    transport: Literal["maildir", "smtp"] = Field(
        "maildir", description='"maildir" writes messages and sends none; "smtp" sends.'
    )
    maildir: Path = Field(
        Path("maildir"),
        description="Where the maildir transport writes messages; init sets .publisher/maildir.",
    )
    on_uncertain: Literal["resend", "hold", "reconcile"] = Field(
        "resend",
        description=(
            "What becomes of a message that may or may not have been accepted when a process or a"
            ' connection died: sent again, left "unknown" for a person, or looked up in the mail'
            " log."
        ),
    )
    return_path: Mailbox | None = Field(
        None,
        description=(
            "Where bounces go; From when absent. Each message then has its own: bounces@… becomes"
            " bounces+<number>-<code>@…."
        ),
    )
    log: Path = Field(
        Path("/var/log/mail.log"), description="The relay's log (Postfix), for reconcile."
    )
    queue: Literal["embedded", "procrastinate"] = Field(
        "embedded",
        description=(
            '"embedded": run sends by itself; "procrastinate": any number of workers send (needs'
            " PostgreSQL in state.url)."
        ),
    )
    lease: Duration = Field(
        timedelta(minutes=10),
        ge=timedelta(seconds=1),
        description="How long a claimed message is its process's; no attempt lasts longer.",
    )


class SmtpConfig(Section):
    """The mail server that takes every message (a relay, or the machine's own)."""

    host: str = Field("", description="Name of the server; needed with transport smtp.")
    port: int = Field(
        587,
        ge=1,
        le=65535,
        description="587 for starttls, 465 for implicit, often 25 on this machine.",
    )
    tls: Literal["implicit", "starttls", "none"] = Field(
        "starttls", description='"none" is refused unless the host is this machine.'
    )
    username: str = Field("", description="For AUTH; nobody logs in when empty.")
    password: SecretStr = Field(
        SecretStr(""), description="Only from the environment: PUBLISHER_SMTP__PASSWORD."
    )
    password_file: Path | None = Field(None, description="File whose first line is the password.")
    connections: int = Field(
        4, ge=1, le=64, description="How many at once; each has one message in hand."
    )
    per_second: float = Field(
        0,
        ge=0,
        allow_inf_nan=False,
        description="At most so many messages a second; 0 for no limit.",
    )
    per_day: int = Field(
        0, ge=0, description="At most so many messages in 24 hours; 0 for no limit."
    )
    timeout: Duration = Field(
        timedelta(seconds=60),
        ge=timedelta(seconds=1),
        description="For each step of the conversation.",
    )
    reconnect_after: int = Field(
        1000, ge=1, description="Messages after which a connection is made anew."
    )


class NotifyConfig(Section):
    """Who is told."""

    email: Mailbox | None = Field(
        None, description="The operator: one mail when an issue is held, paused or finished."
    )


class WebConfig(Section):
    """The side of the program that readers meet in a browser."""

    url: WebAddress | None = Field(
        None,
        description=(
            "Where readers reach subscribe and unsubscribe pages; when set, run serves them."
        ),
    )
    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on.")
    origins: tuple[Origin, ...] = Field(
        (),
        description=(
            "Other sites whose scripts may call the API and whose pages next= may return to."
        ),
    )
    trusted_proxies: tuple[Network, ...] = Field(
        (), description="Networks whose X-Forwarded-For is believed."
    )
    metrics: tuple[Network, ...] = Field(
        ("127.0.0.0/8", "::1/128"), description="Networks that may read /metrics."
    )


class LimitsConfig(Section):
    """How often strangers may ask."""

    per_network: int = Field(
        20, ge=1, description="Requests to subscribe an hour from one network (/24 or /64)."
    )
    unsigned: int = Field(
        5, ge=1, description="The same, from forms on other sites and from scripts."
    )
    total: int = Field(2000, ge=1, description="Requests to subscribe an hour from everywhere.")
    form_age: Duration = Field(
        timedelta(seconds=2),
        description="A form sent sooner than this was not filled in by a person.",
    )
    confirm_mails: int = Field(
        3, ge=1, description="Confirm mails to one address until somebody clicks in one."
    )


class ScheduleConfig(Section):
    """When the daemon looks."""

    scan: Duration = Field(
        timedelta(seconds=60),
        ge=timedelta(seconds=1),
        description="How often the folder is looked at anyway.",
    )
    watch: Literal["auto", "poll", "off"] = Field(
        "auto",
        description=(
            '"auto" asks the system, "poll" looks (network and container mounts), "off" only scans.'
        ),
    )


class StateConfig(Section):
    """Where the program remembers."""

    folder: Path = Field(
        Path("state"), description="Folder of database, keys and lock; init sets .publisher/state."
    )
    url: str = Field(
        "",
        description=(
            "SQLAlchemy address of a PostgreSQL database; empty for SQLite in the folder. "
            "One with a password belongs in PUBLISHER_STATE__URL."
        ),
    )


class LogConfig(Section):
    """What the daemon says of itself."""

    format: Literal["auto", "console", "json"] = Field(
        "auto", description='"auto": console on a terminal, else JSON.'
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is written."
    )


class HooksConfig(Section):
    """Commands run after something happened: a list of words, no shell, JSON on standard input.

    They get the environment without the program's secrets: no `PUBLISHER_*` password, no address
    with a password in it, no `PGPASSWORD`.
    """

    feeds_changed: Command = Field((), description="After feed files changed.")
    issue_held: Command = Field((), description="After a round held issues.")
    issue_queued: Command = Field((), description="After a round queued issues.")
    issue_sent: Command = Field((), description="After the last message of an issue.")


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
    subscribers: SubscribersConfig = Field(default_factory=SubscribersConfig)
    delivery: DeliveryConfig = Field(default_factory=DeliveryConfig)
    smtp: SmtpConfig = Field(default_factory=SmtpConfig)
    notify: NotifyConfig = Field(default_factory=NotifyConfig)
    web: WebConfig = Field(default_factory=WebConfig)
    schedule: ScheduleConfig = Field(default_factory=ScheduleConfig)
    state: StateConfig = Field(default_factory=StateConfig)
    log: LogConfig = Field(default_factory=LogConfig)
    hooks: HooksConfig = Field(default_factory=HooksConfig)
    limits: LimitsConfig = Field(default_factory=LimitsConfig)

    @model_validator(mode="after")
    def _can_send(self) -> Self:
        if self.delivery.transport != "smtp":
            return self
        missing = []
        if self.newsletter.sender is None:
            missing.append("newsletter.from")
        if self.web.url is None or not self.web.url.startswith("https://"):
            missing.append("an https web.url (unsubscribe links need it)")
        if not self.smtp.host:
            missing.append("smtp.host")
        if missing:
            raise ValueError(f"delivery.transport = 'smtp' also needs {', '.join(missing)}")
        if self.smtp.tls == "none" and self.smtp.host not in LOOPBACK:
            raise ValueError(
                f"smtp.tls = 'starttls' or 'implicit': {self.smtp.host} is another machine, and"
                " mail in clear text can be read"
            )
        return self

    @model_validator(mode="after")
    def _can_queue(self) -> Self:
        if self.delivery.queue == "procrastinate" and not self.state.url:
            raise ValueError(
                "delivery.queue = 'procrastinate' also needs state.url: a PostgreSQL database"
            )
        return self

    @property
    def sends(self) -> bool:
        """Whether messages are sent, and not only written."""
        return self.delivery.transport == "smtp"

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.site.timezone)

    @property
    def feeds_url(self) -> str:
        """Address of the public folder, without a closing slash."""
        return self.feeds.url or self.site.url

    @property
    def web_url(self) -> str:
        """Address of preferences and unsubscribe pages, without a closing slash."""
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
    def maildir_folder(self) -> Path:
        """Absolute path of the maildir."""
        return self._absolute(self.delivery.maildir)

    @property
    def mail_log(self) -> Path:
        """Absolute path of the relay's log."""
        return self._absolute(self.delivery.log)

    @property
    def password_file(self) -> Path | None:
        """Absolute path of the file with the relay's password, or None."""
        return (
            self._absolute(self.smtp.password_file) if self.smtp.password_file is not None else None
        )

    @property
    def templates_folder(self) -> Path:
        """Absolute path of the site's own templates, which need not exist."""
        return self.path.parent / "templates"
