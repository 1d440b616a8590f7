"""Tags, categories and authors as terms: when two names are one."""

from __future__ import annotations

import unicodedata


def fold_term(name: str) -> str:
    """Fold a term's name: terms are equal when NFC and casefold are equal."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
