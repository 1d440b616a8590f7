"""Language codes in the names of files: ``post.de.md``."""

from __future__ import annotations

import re

_LANGUAGES = (
    " aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch cr cs cu cv cy da"
    " de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy"
    " hz id ig ii ik is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky lb lg li ln lo lt"
    " lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl"
    " ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn sq sr ss st su sv sw ta te tg th ti tk"
    " tl tn tr tt tw ty ug uk ur uz ve vi wa wo xh yi yo za zh zu "
)
"""ISO 639-1, without those that names of software, hosts and files end in (``draw.io``,
``index.ts``): io co so to ts la."""
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_](?:[a-z]{2}|[a-z]{4}|[0-9]{3}))?", re.IGNORECASE)


def is_language(text: str) -> bool:
    """Return whether a part of a file's name is the code of a language."""
    match = _LANGUAGE.fullmatch(text)
    return match is not None and f" {match[1].lower()} " in _LANGUAGES


def same_language(text: str, language: str) -> bool:
    """Return whether a code says the language of the site."""
    return text.replace("_", "-").lower() in {language.lower(), language.partition("-")[0].lower()}
