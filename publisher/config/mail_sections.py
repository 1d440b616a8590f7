"""The sections about mail: what issues say, who gets them, and the relay."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from publisher.config.sections import Section, Weekday
from publisher.config.types import Content, Duration, Mailbox, TimeOfDay

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that are this machine: only there may mail travel in clear text."""


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
