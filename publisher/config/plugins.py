"""Pydantic asks what is installed as its plugin about everything it validates.

Of the configuration nobody is asked.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SWITCH = "PYDANTIC_DISABLE_PLUGINS"
"""See https://docs.pydantic.dev/latest/concepts/plugins/."""


@contextmanager
def plugins_off() -> Iterator[None]:
    """Make models that no plugin sees: it would see a password.

    Not looking for any also saves a fiftieth of a short command.
    """
    before = os.environ.get(_SWITCH)
    os.environ[_SWITCH] = "__all__"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SWITCH]
        else:
            os.environ[_SWITCH] = before
