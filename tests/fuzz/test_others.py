"""What other programs wrote, as it may come: their configurations, their feeds."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.errors import UsageError
from publisher.posts.dialects.recognition import FILES, recognise
from publisher.publishing.adoption import entries_of
from tests.fuzz.test_posts import DATES
from tests.fuzz.written import VALUES, toml_of

KEYS = st.sampled_from(
    [
        "title",
        "baseURL",
        "base_url",
        "permalinks",
        "permalink",
        "contentDir",
        "url",
        "baseurl",
        "timezone",
        "author",
        "lang",
        "languageCode",
    ]
)
ENTRY = (
    '<?xml version="1.0"?><rss'
    ' version="2.0"><channel><title>t</title><item><title>{title}</title><link>{link}</link>'
    "<guid>{link}</guid><pubDate>{date}</pubDate></item></channel></rss>"
)


@given(name=st.sampled_from(FILES), values=st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_configuration_of_a_generator_is_recognised_or_not(
    name: str, values: dict[str, object]
) -> None:
    """``init`` never fails of what stands in it.

    ``posts/dialects/site_config.py:SiteConfig.of`` takes for text only what is text.
    """
    text = "".join(f"{key} = {toml_of(value)}\n" for key, value in values.items())
    found = recognise(
        {name: text.replace(" = ", ": ") if name.endswith((".yml", ".yaml")) else text}
    )
    assert found is None or found.pattern


@pytest.mark.parametrize("name", ["hugo.toml", "hugo.yaml", "hugo.json", "_config.yml"])
@given(text=st.text(max_size=60))
@example(text="?")
@example(text="a = " + "[" * 1100)
@example(text="[" * 1100)
@example(text="a = " + "1" * 5000)
@example(text="a: " + "1" * 5000)
@example(text="[" + "1" * 5000 + "]")
def test_any_text_is_a_configuration_of_a_generator_or_not(name: str, text: str) -> None:
    """Also what is nested thousands deep, or has no text for a key.

    The defences are in ``posts/dialects/recognition.py``.

    They are what ``_values`` and ``_yaml`` catch, and the ``str`` in ``_from_file``.
    """
    recognise({name: text})


@given(date=DATES, title=st.text(max_size=20), link=st.text(max_size=20), cut=st.integers(0, 300))
@example(date="0000-01-01T00:00:00Z", title="", link="x", cut=0)
def test_any_feed_is_adopted_or_refused(date: object, title: str, link: str, cut: int) -> None:
    """``adopt`` gives entries, or the program's own error.

    The defence is the ``except`` of ``adoption.py:_instant``.
    """
    feed = ENTRY.format(date=date, title=title, link=link)
    for text in (feed, feed[:cut] + feed[cut + 3 :]):
        with suppress(UsageError):
            assert all(entry.id for entry in entries_of(text.encode("utf-8", "replace")))
