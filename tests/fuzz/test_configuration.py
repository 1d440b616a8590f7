"""Configurations that nobody meant to write.

Taken and used, or refused with a sentence that names the key.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from publisher.app import open_site
from publisher.config import load_config
from publisher.config.configuration import Config
from publisher.config.sections import Section
from publisher.delivery.message_factory import return_path_of
from publisher.errors import ConfigError
from publisher.posts.folder import PostsFolder
from publisher.posts.models import SourceFile
from tests.end_to_end.site import Site
from tests.fuzz.written import VALUES, toml_of

if TYPE_CHECKING:
    from collections.abc import Mapping

SITE = {"title": "T", "url": "https://example.org"}
TAKEN = (
    "https://example.org/x/", "/{year}/{slug}/", "jekyll", "Europe/Berlin", "de",
    "Ada <ada@example.org>", "summary", "feed", "x/y.xml",
    "5m", "1e9d", "99999999999d", 10**20, -1, 0.5, float("inf"), float("nan"), "rss", "**/*.md",
    "[", "a\0b", "\x01", "08:30", "smtp",
    "10.0.0.0/8", "maildir",
)  # fmt: skip
ANYTHING = st.one_of(st.sampled_from(TAKEN), VALUES)


def _sections() -> dict[str, list[str]]:
    found = {}
    for name, section in Config.model_fields.items():
        if isinstance(section.annotation, type) and issubclass(section.annotation, Section):
            found[name] = [
                field.alias or key for key, field in section.annotation.model_fields.items()
            ]
    return found


KEYS = [(section, key) for section, keys in _sections().items() for key in keys]
HARMLESS = [
    (section, key)
    for section, key in KEYS
    if section in {"site", "posts", "feeds", "newsletter"} and key != "folder"
]
"""Keys that name no file and no command: a build may follow whatever they say."""


def _load(folder: Path, text: str, environ: Mapping[str, str]) -> Config:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return load_config(path, environ)


def _refusal(text: str, environ: Mapping[str, str]) -> str:
    """Return why a configuration is refused; nothing when it is taken."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            _load(Path(folder), text, environ)
        except ConfigError as error:
            return str(error)
        return ""


def _names(said: str, section: str, key: str) -> bool:
    return not said or f"{section}.{key}" in said or f"  {section} = " in said


def _text(values: Mapping[tuple[str, str], object]) -> str:
    sections: dict[str, dict[str, object]] = {"site": dict(SITE)}
    for (section, key), value in values.items():
        sections.setdefault(section, {})[key] = value
    return "".join(
        f"[{name}]\n" + "".join(f"{key} = {toml_of(value)}\n" for key, value in keys.items())
        for name, keys in sections.items()
    )


PIECES = st.sampled_from(
    ["/", "{slug}", "{path}", "{year}", "{slug", "}", "{", "{}", "{0}", "{slug!r}", "{slug:>9}",
    "{slug.x}", "{slug[0]}", "{{slug}}", "..",
     "*",
     "**", "**/", "?", "[", "]", "a", "é", " ", "%2f", "%s", "\\", "#", ".", "-", ":title", "$1",
     "(?P<", "\u2028", "<", "@", ",", '"']
)  # fmt: skip
PATTERNS = st.lists(PIECES, max_size=8).map("".join)
PATTERNED = [
    ("posts", "url"), ("posts", "include"), ("posts", "exclude"), ("posts", "extensions"), ("feeds",
    "rss"), ("feeds", "aliases"),
    ("newsletter", "include"), ("newsletter", "from"), ("newsletter", "reply_to"), ("newsletter",
    "digest_time"), ("site", "timezone"),
    ("site", "url"), ("feeds", "url"),
]  # fmt: skip
LISTS = frozenset({"include", "exclude", "extensions"})


@given(where=st.sampled_from(PATTERNED), pattern=PATTERNS)
@example(where=("posts", "url"), pattern="/{year}/{slug/")
@example(where=("posts", "url"), pattern="/{slug:>90000000}/")
@example(where=("newsletter", "from"), pattern="a@-")
def test_any_pattern_is_refused_by_name_or_can_be_used(
    where: tuple[str, str], pattern: str
) -> None:
    """Addresses, globs, file names, zones and senders.

    What is taken makes addresses, scans a folder and builds a message.
    """
    section, key = where
    value: object = [pattern] if key in LISTS else {pattern: "rss"} if key == "aliases" else pattern
    if key in {"from", "reply_to"}:
        value = f"Ada <{pattern}@example.org>" if len(pattern) % 2 else f"ada@{pattern}"
    with tempfile.TemporaryDirectory() as folder:
        try:
            config = _load(Path(folder), _text({where: value}), {})
        except ConfigError as error:
            said = str(error)
        else:
            said = ""
            _use(config, Path(folder))
    assert _names(said, section, key)


def _use(config: Config, folder: Path) -> None:
    """Scan and read a folder, and name a sender, as a round does."""
    posts = folder / "posts" / "a [b]" / "ünder"
    posts.mkdir(parents=True)
    (posts / "one.md").write_text(
        "---\ntitle: One\ndate: 2026-03-01\ncategories: [a, b]\n---\nWords.\n", "utf-8"
    )
    found = PostsFolder(config)
    for path in found.scan().stats:
        read = found.read(path)
        assert isinstance(read, SourceFile)
        reading = found.understand(read)
        assert reading.post is not None
        assert reading.post.url.startswith(("http://", "https://"))
    if config.newsletter.sender is not None:
        assert return_path_of(config)


@given(where=st.sampled_from(KEYS), value=ANYTHING)
@example(where=("newsletter", "max_age"), value=float("inf"))
@example(where=("smtp", "timeout"), value="99999999999d")
@example(where=("newsletter", "delay"), value=10**20)
def test_any_value_of_any_key_is_taken_or_refused_by_name(
    where: tuple[str, str], value: object
) -> None:
    """Whatever the value is, the only exception is the program's own, and it names the key.

    The defence is the bound in ``config/types.py:_span``: durations beyond it ended in an
    OverflowError.
    """
    assert _names(_refusal(_text({where: value}), {}), *where)


@given(
    where=st.sampled_from(KEYS),
    value=st.one_of(st.sampled_from(TAKEN), st.text(max_size=30)).map(str),
)
@example(where=("smtp", "timeout"), value="99999999999d")
def test_any_value_from_the_environment_is_taken_or_refused_by_name(
    where: tuple[str, str], value: str
) -> None:
    """The same of variables, by the same defence."""
    section, key = where
    assert _names(_refusal(_text({}), {f"PUBLISHER_{section}__{key}".upper(): value}), *where)


@given(
    value=st.one_of(
        st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20),
        st.sampled_from(["{}", "[" * 5000]),
    )
)
@example(value="true")
@example(value="[1]")
def test_a_password_from_the_environment_is_what_it_is(value: str) -> None:
    """Also where it looks like TOML, which a message about a wrong value would print.

    The defence is ``config/load.py:_is_text``.
    """
    with tempfile.TemporaryDirectory() as folder:
        assert (
            _load(
                Path(folder), _text({}), {"PUBLISHER_SMTP__PASSWORD": value}
            ).smtp.password.get_secret_value()
            == value
        )


@given(
    text=st.text(max_size=80),
    environ=st.dictionaries(
        st.text(max_size=12).map("PUBLISHER_{}".format), st.text(max_size=8), max_size=2
    ),
)
@example(text="a = " + "[" * 5000, environ={})
@example(text="a = " + "1" * 5000, environ={})
@example(text=_text({}), environ={"PUBLISHER_HOOKS__ISSUE_SENT": "[" * 5000})
def test_any_file_is_a_configuration_or_is_refused(text: str, environ: dict[str, str]) -> None:
    """Also what is no TOML at all, and variables that nobody knows.

    The defence is that ``config/load.py`` takes every ValueError and RecursionError of tomllib for
    an answer, not only its own.
    """
    said = _refusal(text, environ)
    assert not said or "config" in said or "PUBLISHER_" in said


@settings(max_examples=settings().max_examples // 3)
@given(values=st.dictionaries(st.sampled_from(HARMLESS), ANYTHING, min_size=1, max_size=4))
@example(values={("site", "title"): "\x01"})
@example(values={("feeds", "aliases"): {"\x01.xml": "rss"}})
@example(values={("newsletter", "max_age"): "1000000d"})
def test_what_is_taken_can_be_built_with(values: dict[tuple[str, str], object]) -> None:
    """A configuration without an error makes feeds that are valid.

    The defences are ``config/load.py:_find_controls`` (lxml refuses such a title) and ``_span``'s
    bound (no date goes so far back).
    """
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.write("one.md", "---\ntitle: One\ndate: 2026-03-01\ntags: [a]\n---\nWords.\n")
        try:
            config = _load(Path(folder), _text(values), {})
        except ConfigError:
            return
        opened = open_site(config)
        opened.publisher().publish_once(site.now)
        site.write("two.md", "---\ntitle: Two\ndate: 2026-03-02\n---\nNews.\n")
        opened.publisher().publish_once(site.now)
        opened.database.close()
        for path in config.public_folder.rglob("*.xml"):
            etree.fromstring(path.read_bytes())
