"""The whole configuration: every section, and what must hold between them."""

from __future__ import annotations

from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from publisher.config.mail_sections import (
    LOOPBACK,
    DeliveryConfig,
    NewsletterConfig,
    NotifyConfig,
    SmtpConfig,
    SubscribersConfig,
)
from publisher.config.sections import FeedsConfig, OutputConfig, PostsConfig, Section, SiteConfig
from publisher.config.service_sections import (
    HooksConfig,
    LimitsConfig,
    LogConfig,
    ScheduleConfig,
    StateConfig,
    WebConfig,
)


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
