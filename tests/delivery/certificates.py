"""Certificates for servers in tests, from an authority of our own."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

import trustme


class Certificates:
    """An authority that nobody but :meth:`client` trusts."""

    def __init__(self) -> None:
        self._authority = trustme.CA()

    def server(self, name: str = "127.0.0.1", *, expired: bool = False) -> ssl.SSLContext:
        """Return what a server of this name shows, in date or not."""
        ends = datetime.now(UTC) + timedelta(days=-1 if expired else 1)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(
            name, not_before=ends - timedelta(days=30), not_after=ends
        ).configure_cert(context)
        return context

    def client(self) -> ssl.SSLContext:
        """Return what a client needs to trust such servers, and checks as strictly as any."""
        context = ssl.create_default_context()
        self._authority.configure_trust(context)
        return context
