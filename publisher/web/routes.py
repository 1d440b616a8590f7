"""Routes that only read answer GET and HEAD; the description names them once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastapi import APIRouter

Handler = TypeVar("Handler", bound="Callable[..., Any]")


def readable(router: APIRouter, path: str) -> Callable[[Handler], Handler]:
    """Register a handler for GET and HEAD."""

    def register(handler: Handler) -> Handler:
        router.get(path)(handler)
        router.head(path, include_in_schema=False)(handler)
        return handler

    return register
