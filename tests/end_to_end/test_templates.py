"""A site's own templates.

A fault is told before a post meets it, holds the issue that meets it, and never touches a feed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from publisher.cli.building import build_once
from publisher.cli.checking import check_site
from publisher.cli.editing import list_issues, show_issue
from publisher.cli.showing import show_status
from publisher.config import load_config
from publisher.errors import UncomposedError
from publisher.newsletter.issue import HoldReason, IssueState
from publisher.newsletter.store import IssueStore
from publisher.newsletter.templates import render_or_shipped
from publisher.publishing.own_templates import has_templates, template_faults
from publisher.system.templates import templates_of
from tests.conftest import ROOT
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path

NEWS = "---\ntitle: {}\ndate: 2026-03-02\n---\nNew words.\n"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return a site that published once."""
    found = Site(tmp_path)
    found.write("old.md", "---\ntitle: Old\ndate: 2026-03-01\n---\nOld words.\n")
    found.build()
    found.later(minutes=20)
    return found


def _template(site: Site, name: str, text: str) -> Path:
    path = site.folder / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def _found(site: Site) -> list[str]:
    return [problem.found for problem in template_faults(load_config(site.config_file, {}))]


FAULTS = [
    (
        "newsletter/article.html",
        "\n{{ nope.x }}",
        "templates/newsletter/article.html:2: 'nope' is undefined.",
    ),
    (
        "newsletter/article.html",
        "{% macro article(post, level=1) %}\n{{ post.nope }}{% endmacro %}",
        "article.html:2: ",
    ),
    ("newsletter/post.html", "a\n{% if %}", "templates/newsletter/post.html:2: "),
    (
        "newsletter/post.txt",
        "{% include 'newsletter/none.txt' %}",
        "templates/newsletter/post.txt:1: TemplateNotFound",
    ),
    (
        "newsletter/digest.html",
        "{% for post in links %}\n{{ 1 / 0 }}{% endfor %}",
        "templates/newsletter/digest.html:2: ZeroDivisionError",
    ),
    ("newsletter/digest.txt", "{{ articles[3].title }}", "templates/newsletter/digest.txt:1: "),
    (
        "newsletter/layout.html",
        "{{ letterhead.image.nope.nope }}",
        "templates/newsletter/layout.html:1: ",
    ),
    (
        "newsletter/style.css",
        ".a { color: {{ colour }} }",
        "templates/newsletter/style.css:1: 'colour' is undefined.",
    ),
    (
        "newsletter/letter.html",
        "{{ nope }}",
        "templates/newsletter/letter.html:1: 'nope' is undefined.",
    ),
    (
        "newsletter/confirm.txt",
        "{{ nope }}",
        "templates/newsletter/confirm.txt:1: 'nope' is undefined.",
    ),
    (
        "newsletter/notice.txt",
        "{% for line in lines %}{{ line.nope.nope }}{% endfor %}",
        "templates/newsletter/notice.txt:1: ",
    ),
    (
        "newsletter/post.html",
        "{% include 'newsletter/post.html' %}",
        "templates/newsletter/post.html:1: RecursionError",
    ),
    ("newsletter/extra.html", "{% endif %}", "templates/newsletter/extra.html:1: "),
    ("web/base.html", "\n\n{{ nope }}", "templates/web/base.html:3: 'nope' is undefined."),
    (
        "web/preferences.html",
        "{% if saved %}{{ nope }}{% endif %}",
        "templates/web/preferences.html:1: 'nope' is undefined.",
    ),
    (
        "web/unsubscribe.html",
        "{% if subscriber.state != 'active' %}{{ nope }}{% endif %}",
        "templates/web/unsubscribe.html:1: ",
    ),
    (
        "web/error.html",
        "{% if status == 429 %}{{ nope }}{% endif %}",
        "templates/web/error.html:1: 'nope' is undefined.",
    ),
    ("web/style.css", "{{ nope }}", "templates/web/style.css:1: 'nope' is undefined."),
]


@pytest.mark.parametrize(
    ("name", "text", "found"), FAULTS, ids=[f"{name}: {text[:30]}" for name, text, _ in FAULTS]
)
def test_check_tells_a_templates_fault_with_file_and_line(
    site: Site, name: str, text: str, found: str
) -> None:
    """Of whatever it is a template, and whichever sample meets it."""
    _template(site, name, text)
    assert any(found in said for said in _found(site)), _found(site)
    assert check_site(site.config_file, as_json=False) == 1


def test_a_template_that_is_no_text_is_named(site: Site) -> None:
    """Saved in another encoding, say."""
    path = _template(site, "newsletter/post.html", "")
    path.write_bytes(b"\xff\xfe")
    assert any(
        "templates/newsletter/post.html: UnicodeDecodeError" in said for said in _found(site)
    )


def test_an_issue_without_a_way_out_is_warned_of(site: Site) -> None:
    """The link to unsubscribe belongs into both parts of every issue."""
    _template(
        site,
        "newsletter/layout.html",
        "<html><body>{% block articles %}{% endblock %}</body></html>",
    )
    assert _found(site) == [
        "templates/newsletter: the HTML of an issue holds no link to unsubscribe."
    ]
    assert check_site(site.config_file, as_json=False) == 0


def test_our_own_templates_have_no_fault(site: Site) -> None:
    """Copied as they are, all of them; a templates folder of something else is not looked at."""
    assert not has_templates(site.folder / "templates")
    _template(site, "layouts/generator.html", "{% nonsense %}")
    assert _found(site) == []
    for path in (ROOT / "templates").rglob("*.*"):
        _template(site, path.relative_to(ROOT / "templates").as_posix(), path.read_text("utf-8"))
    assert _found(site) == []


def test_a_fault_holds_the_issue_and_never_a_feed(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is held with file and line, shown by every command, and goes on once that is mended."""
    path = _template(site, "newsletter/article.html", "\n{{ nope.x }}")
    site.write("new.md", NEWS.format("New"))
    report = site.build()
    (line,) = report.issues
    assert (line.issue.state, line.issue.reason) == (IssueState.HELD, HoldReason.FAULT)
    (problem,) = report.problems
    assert problem.path == "new.md"
    assert "templates/newsletter/article.html:2: 'nope' is undefined." in problem.found
    assert "New words" in (site.folder / "public" / "feed.xml").read_text("utf-8")
    for show in (show_status, list_issues):
        show(site.config_file, as_json=False)
        assert (
            "templates/newsletter/article.html:2: 'nope' is undefined." in capsys.readouterr().out
        )
    with pytest.raises(UncomposedError, match=r"article\.html:2"):
        show_issue(line.issue.key, site.config_file, as_json=False)
    with pytest.raises(UncomposedError, match=r"article\.html:2"):
        site.open().issue_service().release([line.issue.key], None, site.now)
    again = site.build()
    assert again.issues == (), "an issue that stays as it is is not told of again"
    assert "article.html:2" in again.problems[0].found
    path.unlink()
    (line,) = site.build().issues
    assert line.issue.state is IssueState.QUEUED
    assert "New words" in (site.folder / str(line.path)).read_text("utf-8")
    assert site.build().issues == ()


def test_in_the_daemon_a_mended_template_gives_the_issue_its_grace_again(site: Site) -> None:
    """As if it were new: there is time to look at it."""
    path = _template(site, "newsletter/article.html", "{{ nope.x }}")
    site.write("new.md", NEWS.format("New"))
    (line,) = site.build(one_shot=False).issues
    assert line.issue.reason is HoldReason.FAULT
    site.later(minutes=30)
    path.unlink()
    (line,) = site.build(one_shot=False).issues
    assert (line.issue.state, line.issue.due_at) == (
        IssueState.WAITING,
        site.now + timedelta(minutes=5),
    )
    site.later(minutes=6)
    (line,) = site.build(one_shot=False).issues
    assert line.issue.state is IssueState.QUEUED


def test_a_template_mended_weeks_later_mails_nobody(site: Site) -> None:
    """What was news then is stale by now: a person says whether it still goes."""
    path = _template(site, "newsletter/article.html", "{{ nope.x }}")
    site.write("new.md", NEWS.format("New"))
    site.build()
    site.later(days=20)
    path.unlink()
    (line,) = site.build().issues
    assert (line.issue.state, line.issue.reason) == (IssueState.HELD, HoldReason.STALE)
    (released,) = site.open().issue_service().release([line.issue.key], None, site.now)
    assert released.issue.state is IssueState.QUEUED
    with site.open().database.reading() as transaction:
        content = IssueStore(transaction).content(line.issue.key)
    assert content is not None
    assert "New words" in content.text


def test_an_edit_while_a_template_is_broken_does_not_send_the_old_words(site: Site) -> None:
    """A waiting issue that cannot follow its post is held until it can."""
    site.write("new.md", NEWS.format("New"))
    site.build(one_shot=False)
    path = _template(site, "newsletter/post.txt", "{{ nope }}")
    site.write("new.md", NEWS.format("Renewed"))
    site.later(minutes=1)
    (line,) = site.build(one_shot=False).issues
    assert (line.issue.state, line.issue.reason) == (IssueState.HELD, HoldReason.FAULT)
    site.later(minutes=30)
    assert site.build(one_shot=False).issues == ()
    path.unlink()
    site.build(one_shot=False)
    site.later(minutes=10)
    (line,) = site.build(one_shot=False).issues
    assert (line.issue.state, line.issue.subject) == (IssueState.QUEUED, "Renewed")


def test_build_tells_of_a_fault_that_no_post_met_yet(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the start, and it says so in its exit status."""
    assert build_once(site.config_file, as_json=False) == 0
    _template(site, "newsletter/digest.html", "{{ nope }}")
    assert build_once(site.config_file, as_json=False) == 1
    assert (
        "error: templates/newsletter/digest.html:1: 'nope' is undefined." in capsys.readouterr().out
    )


def test_a_readers_page_or_letter_falls_back_on_ours(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """Who wants to leave gets the page to leave on; the fault is in the log."""
    _template(site, "web/check-inbox.html", "{{ nope }}")
    environment = templates_of(load_config(site.config_file, {}))
    values = {
        "config": site.open().config,
        "title": "T",
        "language": "en",
        "base": "",
        "style": "s",
        "feeds": [],
    }
    assert "Check your inbox" in render_or_shipped(environment, "web/check-inbox.html", values)
    assert "templates/web/check-inbox.html:1: 'nope' is undefined." in caplog.text
