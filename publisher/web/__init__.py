"""The side of the program that readers meet in a browser.

Thin handlers over :mod:`publisher.pipeline.membership`.

::

    request -> guard (size, headers) -> pages | api | health | files -> response
"""

from __future__ import annotations

from publisher.web.application import create_app
from publisher.web.context import Web

__all__ = ["Web", "create_app"]
