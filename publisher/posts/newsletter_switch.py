"""What a post says of its own newsletter: front matter ``newsletter``."""

from __future__ import annotations

from publisher.posts.flags import as_flag
from publisher.posts.models import NewsletterSwitch
from publisher.posts.values import as_text

_NO_SWITCH = NewsletterSwitch()


def newsletter_switch(value: object) -> NewsletterSwitch:
    """Return what ``newsletter`` holds: a flag, or a table of ``send``, ``subject`` and others."""
    if isinstance(value, list) and len(value) == 1:
        (value,) = value  # a custom field of WordPress
    if isinstance(value, dict):
        content = as_text(value.get("content"))
        return NewsletterSwitch(
            send=as_flag(value.get("send", True)) is not False,
            asked=_is_true(value.get("send")),
            subject=as_text(value.get("subject")),
            preheader=as_text(value.get("preheader")),
            content=content if content in {"full", "summary"} else None,
        )
    if value is None or as_flag(value) is None:
        return _NO_SWITCH
    return NewsletterSwitch(send=as_flag(value) is not False, asked=_is_true(value))


def _is_true(value: object) -> bool:
    """Return whether a value says true, and is not another word that such a flag may have."""
    return str(value).strip().lower() in {"true", "yes", "on"}
