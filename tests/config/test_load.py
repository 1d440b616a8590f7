"""The configuration: what is wrong is named with what was found and what is allowed."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from publisher.config import find_config, load_config
from publisher.config.secrets import has_password, masked
from publisher.database.database import Database
from publisher.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


LEAST = '[site]\ntitle = "T"\nurl = "https://example.org/"\n'


def _load(
    folder: Path, more: str = "", environ: dict[str, str] | None = None, least: str = LEAST
) -> object:
    path = folder / "config.toml"
    path.write_text(least + more, "utf-8")
    return load_config(path, environ or {})


def test_only_title_and_address_are_needed(tmp_path: Path) -> None:
    """Everything else has a sensible default; paths are relative to the file."""
    path = tmp_path / "config.toml"
    path.write_text(LEAST)
    config = load_config(path, {})
    assert config.site.url == "https://example.org"
    assert config.posts_folder == tmp_path / "posts"
    assert config.newsletter.max_age == timedelta(days=7)


@pytest.mark.parametrize(
    ("more", "needed"),
    [
        ("[feeds]\nentrys = 3", ["feeds.entrys", "'entries'"]),
        ("[newslettr]\n", ["newslettr", "'newsletter'"]),
        ("[feeds]\nentries = 0", ["feeds.entries", "0", "greater than or equal to 1"]),
        ('[newsletter]\ndelay = "soon"', ["newsletter.delay", "'soon'", "'5m'"]),
        ('[posts]\nurl = "{slug}"', ["posts.url", "{slug}"]),
        (
            '[posts]\nurl = "/{year}/{slug/"',
            ["posts.url", "/{year}/{slug/", "{category}", "no other braces"],
        ),
        ('[posts]\nurl = "/{slug}}/"', ["posts.url"]),
        ('[posts]\nurl = "/{{slug}}/"', ["posts.url"]),
        ('[posts]\nurl = "/{slug!r}/"', ["posts.url"]),
        ('[posts]\nurl = "/{slug:>90000000}/"', ["posts.url"]),
        ('[posts]\nurl = "/{slug.x}/"', ["posts.url"]),
        ('[posts]\nurl = "/{0}/{slug}/"', ["posts.url"]),
        ('[posts]\nurl = "/{}/{slug}/"', ["posts.url"]),
        ('[posts]\nurl = "/{title}/{slug}/"', ["posts.url"]),
        ('[posts]\nurl = "/{year}/{month}/"', ["posts.url", "with {slug} or {path}"]),
        ('[posts]\nurl = "/../{slug}/"', ["posts.url"]),
        ('[posts]\nurl = "/a b/{slug}"', ["posts.url"]),
        ('[posts]\nurl = "/{slug}?x=1"', ["posts.url"]),
        ('[posts]\ninclude = [""]', ["posts.include", "glob"]),
        ('[posts]\ninclude = ["/drafts/**"]', ["posts.include", "relative to the posts folder"]),
        ('[posts]\nexclude = ["a", "../b/*"]', ["posts.exclude", "../b/*"]),
        ("[posts]\nexclude = ['a\\*.md']", ["posts.exclude", "/ between folders"]),
        ('[posts]\nextensions = [""]', ["posts.extensions", "'.md'"]),
        ('[posts]\nextensions = ["*.md"]', ["posts.extensions", "'.md'"]),
        ('[feeds.aliases]\n"atom.xml" = "rss"', ["aliases", "atom.xml"]),
        ('[feeds.aliases]\n"tags/x.xml" = "rss"', ["aliases", "tags/x.xml"]),
        ('[feeds.aliases]\n"a//b.xml" = "rss"', ["feeds.aliases", "inside the output folder"]),
        ('[feeds]\nrss = "feeds.opml"', ["feeds.opml"]),
        ('[feeds]\nrss = "tags"', ["tags"]),
        ('[newsletter]\ndigest_time = "08:00+02:00"', ["newsletter.digest_time", "without a zone"]),
        ('[newsletter]\nfrom = "Ada <ada@exa..mple.org>"', ["newsletter.from", "ada@example.com"]),
        ('[newsletter]\nreply_to = "ada@-example.org"', ["newsletter.reply_to"]),
        ("[smtp]\nper_second = inf", ["smtp.per_second"]),
        ('[hooks]\nissue_sent = ["", "x"]', ["hooks.issue_sent", "a command"]),
        ('[hooks]\nissue_sent = "tell"', ["hooks.issue_sent"]),
        ('[feeds]\nrss = "../x"', ["feeds.rss", "inside the output folder"]),
        ('[feeds]\nrss = "a.xml"\natom = "a.xml"', ["different file names"]),
        ('[web]\nurl = "ftp://x"', ["web.url", "https://example.com"]),
        ('[newsletter]\nfrom = "nobody"', ["newsletter.from", "nobody"]),
        (
            '[newsletter]\nintro = "a\\u0001"\nburst = 0',
            ["newsletter.intro", "'a\\x01'", "without control characters", "newsletter.burst"],
        ),
        (
            '[hooks]\nissue_sent = ["tell", "\\u0007"]',
            ["hooks.issue_sent", "without control characters"],
        ),
    ],
)
def test_a_wrong_key_or_value_is_named_with_what_is_allowed(
    tmp_path: Path, more: str, needed: list[str]
) -> None:
    """The key, what was found, what is allowed, the nearest known key."""
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, more)
    for text in needed:
        assert text in str(caught.value)


@pytest.mark.parametrize("zone", ["Mars/Here", "/etc/passwd", "../UTC"])
def test_a_time_zone_is_an_iana_name(tmp_path: Path, zone: str) -> None:
    """Not a path."""
    with pytest.raises(ConfigError, match="time zone"):
        _load(tmp_path, f'timezone = "{zone}"\n')


def test_every_key_can_come_from_the_environment(tmp_path: Path) -> None:
    """Values as in TOML; an unknown variable is an error too."""
    environ = {
        "PUBLISHER_SITE__TITLE": "Other",
        "PUBLISHER_FEEDS__ENTRIES": "5",
        "PUBLISHER_FEEDS__JSON": "false",
    }
    path = tmp_path / "config.toml"
    path.write_text(LEAST)
    config = load_config(path, environ)
    assert (config.site.title, config.feeds.entries, config.feeds.json_) == ("Other", 5, False)
    with pytest.raises(ConfigError, match="PUBLISHER_FEEDS__ENTRIES"):
        load_config(path, {"PUBLISHER_FEEDS__ENTRYS": "5"})


@pytest.mark.parametrize(
    ("text", "program"), [('baseURL = "https://x"\n', "Hugo"), ('base_url = "https://x"\n', "Zola")]
)
def test_somebody_elses_configuration_is_recognised(
    tmp_path: Path, text: str, program: str
) -> None:
    """Hugo and Zola use config.toml too."""
    with pytest.raises(ConfigError, match=program):
        _load(tmp_path, least=text)


def test_publisher_toml_comes_before_config_toml(tmp_path: Path) -> None:
    """And none at all says what to do."""
    with pytest.raises(ConfigError, match="publisher init"):
        find_config(None, tmp_path)
    for name in ("config.toml", "publisher.toml"):
        (tmp_path / name).write_text(LEAST)
        assert find_config(None, tmp_path) == tmp_path / name


def test_broken_toml_is_named(tmp_path: Path) -> None:
    """With the line that the parser names."""
    with pytest.raises(ConfigError, match="line 4"):
        _load(tmp_path, "x = = 1\n")


SMTP = (
    '[newsletter]\nfrom = "Ada <ada@example.org>"\n[web]\nurl ='
    ' "https://news.example.org"\n[delivery]\ntransport = "smtp"\n'
)


@pytest.mark.parametrize(
    ("more", "needed"),
    [
        ('[delivery]\ntransport = "smtp"\n', ["newsletter.from", "https web.url", "smtp.host"]),
        (SMTP.replace("https", "http") + '[smtp]\nhost = "relay"\n', ["https web.url"]),
        (
            SMTP + '[smtp]\nhost = "relay.example"\ntls = "none"\n',
            ["relay.example", "clear text", "starttls"],
        ),
        ('[smtp]\npassword = "x"\n', ["PUBLISHER_SMTP__PASSWORD", "password_file"]),
    ],
)
def test_sending_needs_a_sender_an_https_address_and_never_travels_in_clear_text(
    tmp_path: Path, more: str, needed: list[str]
) -> None:
    """What is missing is named before anything is sent; a password never stands in the file."""
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, more)
    for text in needed:
        assert text in str(caught.value)


def test_workers_need_postgresql(tmp_path: Path) -> None:
    """Several machines share no file; one that sends by itself needs nothing."""
    with pytest.raises(ConfigError, match=r"also needs state\.url"):
        _load(tmp_path, '[delivery]\nqueue = "procrastinate"\n')
    shared = _load(
        tmp_path,
        '[delivery]\nqueue = "procrastinate"\n',
        {"PUBLISHER_STATE__URL": "postgresql://localhost/x"},
    )
    assert shared.delivery.queue == "procrastinate"  # type: ignore[attr-defined]
    assert _load(tmp_path, "").delivery.queue == "embedded"  # type: ignore[attr-defined]


def test_a_password_from_the_environment_is_never_shown(tmp_path: Path) -> None:
    """It can be used, and no repr, JSON or message holds it."""
    config = _load(
        tmp_path, SMTP + '[smtp]\nhost = "relay.example"\n', {"PUBLISHER_SMTP__PASSWORD": "s3cret"}
    )
    assert config.smtp.password.get_secret_value() == "s3cret"  # type: ignore[attr-defined]
    assert "s3cret" not in repr(config) + config.model_dump_json()  # type: ignore[attr-defined]


PLUGIN = """
def new_schema_validator(*asked):
    with open({told!r}, "a") as told:
        told.write(f"{{asked[2].name}}\\n")
    return None, None, None
"""


def test_no_plugin_sees_the_configuration(tmp_path: Path) -> None:
    """It holds a password.

    Something installed beside Publisher that watches every model of pydantic sees those of others
    only.

    The defence is ``plugins_off`` in ``config/__init__.py`` (seen to fail without: each section was
    told of).
    """
    told, info = tmp_path / "told", tmp_path / "watcher-1.dist-info"
    (tmp_path / "watcher.py").write_text(
        f"import sys\n{PLUGIN.format(told=str(told))}\nplugin = sys.modules[__name__]\n"
    )
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: watcher\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[pydantic]\nwatcher = watcher:plugin\n")
    (tmp_path / "config.toml").write_text(LEAST)
    load = (
        "from pathlib import Path; from publisher.config import load_config;"
        " load_config(Path('config.toml'), {})"
    )
    other = "import pydantic; pydantic.create_model('Other', a=(int, 1))"
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    subprocess.run(
        [sys.executable, "-c", f"{load}; {other}"], cwd=tmp_path, env=environ, check=True
    )
    assert told.read_text().split() == ["Other"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ada:s3cret@db.example/list", "postgresql://ada:***@db.example/list"),
        ("postgresql+psycopg://:s3cret@/list", "postgresql+psycopg://:***@/list"),
        ("postgresql://ada:s3/c@ret@db.example/list", "postgresql://ada:***@db.example/list"),
        (
            "postgresql://db.example/list?user=ada&password=s3cret&x=1",
            "postgresql://db.example/list?user=ada&password=***&x=1",
        ),
    ],
)
def test_the_password_of_an_address_is_never_shown(tmp_path: Path, text: str, shown: str) -> None:
    """Neither where the configuration is wrong, nor where the database is named."""
    assert masked(text) == shown
    assert has_password(text)
    path = tmp_path / "config.toml"
    for wrong in (
        f'state = "{text}"',
        f'[state]\nurl = ["{text}"]',
        f'[state]\nurl = "{text}\\u0007"',
        f'[state]\nfolder = 1\nurl = "{text}"',
    ):
        path.write_text(f'{wrong}\n[site]\ntitle = "A"\nurl = "https://a.example"\n')
        with pytest.raises(ConfigError) as error:
            load_config(path, {})
        assert "s3" not in str(error.value)
    assert "s3" not in Database(tmp_path, text).shown


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example:8080/x@y",
        "https://social.example/@ada",
        "ada@example.org",
        "mailto:ada@example.org",
    ],
)
def test_an_address_without_a_password_is_shown_as_it_is(text: str) -> None:
    """A port, a profile and a mailbox are none."""
    assert masked(text) == text
    assert not has_password(text)
