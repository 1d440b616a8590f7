"""Mail over SMTP.

The relay, the wire to it, and the transaction on top, which knows which byte was out when something
broke.
"""

from __future__ import annotations

from publisher.delivery.smtp.connection import SmtpConnection
from publisher.delivery.smtp.relay import LateError, LostError, Relay

__all__ = ["LateError", "LostError", "Relay", "SmtpConnection"]
