"""From entries to an issue: subject, preheader, HTML, text, and the message.

::

    Entry -> compose (Jinja2 layout) -> inline (premailer, once) -> shorten -> Composition ->
    message (MIME bytes)
                                                                            +-> text

The Jinja2 environment is handed in; posts are data in it, never templates.
"""

from publisher.newsletter.compose import compose_digest, compose_post
from publisher.newsletter.letters import Letter, compose_letter
from publisher.newsletter.message import build_letter, build_message
from publisher.newsletter.model import Composition, Letterhead

__all__ = [
    "Composition",
    "Letter",
    "Letterhead",
    "build_letter",
    "build_message",
    "compose_digest",
    "compose_letter",
    "compose_post",
]
