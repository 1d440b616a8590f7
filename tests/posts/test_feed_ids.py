"""Every rule of "Identity and dates".

Ids are minted once, instants are distinct, ``updated`` means something.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from publisher.markup.models import Markup
from publisher.posts.feed_dates import Instants
from publisher.posts.feed_ids import match_adopted, propose_id
from publisher.posts.models import NewsletterSwitch, Post
from publisher.posts.records import Adopted
from publisher.posts.summary import _shown
from tests.publishing.round_story import MORNING, File, Story, settled

DAY = datetime(2026, 2, 3, tzinfo=UTC)
POST = Post(
    "notes/a.md",
    "jekyll",
    "A",
    "a-slug",
    "https://example.org/a/",
    published=DAY,
    date_written="2026-02-03 10:00",
)


@pytest.mark.parametrize(
    ("post", "preset", "wanted"),
    [
        pytest.param(
            replace(POST, explicit_id="urn:mine"), "hugo", "urn:mine", id="what the file claims"
        ),
        pytest.param(POST, "hugo", "https://example.org/a/", id="the generator's page address"),
        pytest.param(
            POST,
            "jekyll",
            "tag:example.org,2026-02-03:a-slug",
            id="a tag URI of host, date as written and slug",
        ),
        pytest.param(
            replace(POST, date_written="Feb 3 2026"),
            "/{slug}/",
            "tag:example.org,2026-02-03:a-slug",
            id="a date in words",
        ),
        pytest.param(
            replace(POST, slug="é"),
            "/{slug}/",
            "tag:example.org,2026-02-03:%C3%A9",
            id="ASCII only",
        ),
        pytest.param(
            replace(POST, published=None, date_written=""),
            "/{slug}/",
            "urn:uuid:b6f0ff8b-2b4d-5f52-8e9c-0b3f3c1f7a52",
            id="undated",
        ),
    ],
)
def test_ids_are_proposed_in_the_order_of_the_design(post: Post, preset: str, wanted: str) -> None:
    """Claimed, else the page where the generator used it, else ``tag:``, else ``urn:uuid:``."""
    found = propose_id(post, "https://example.org", preset)
    if wanted.startswith("urn:uuid:"):
        assert found == propose_id(post, "http://example.org/", preset)
        assert found.startswith("urn:uuid:")
        assert found != propose_id(replace(post, path="other.md"), "https://example.org", preset)
    else:
        assert found == wanted


def test_a_second_post_minting_the_same_id_gets_a_number() -> None:
    """Two posts of one day with one slug are two entries."""
    story = Story()
    story.write("x/same.md", title="One", body="1", date=DAY).write(
        "y/same.md", title="Two", body="2", date=DAY
    )
    story.round()
    ids = story.shown()
    assert ids["y/same.md"] == ids["x/same.md"] + "-2"


def test_ids_survive_rename_retitle_and_a_new_date() -> None:
    """Minted once: nothing that happens to the file moves it."""
    story = settled()
    before = story.shown()["first.md"]
    story.rename("first.md", "second.md")
    story.round()
    story.write("second.md", title="Another title", date=DAY)
    story.round()
    assert story.shown() == {"second.md": before}


def test_a_catalogue_rebuilt_from_the_same_files_mints_the_same_ids() -> None:
    """A lost database costs readers nothing."""
    files = {
        f"{n}.md": File(title=f"T{n}", body=str(n), date=DAY if n % 2 else None) for n in range(6)
    }
    first, second = Story(files=dict(files)), Story(files=dict(files))
    first.round()
    second.later(days=30).round()
    assert first.shown() == second.shown()


def test_an_adopted_entry_gives_its_id() -> None:
    """A site that moves here keeps the ids it had: matched by link, else by title and date."""
    adopted = (
        Adopted("http://www.example.org/a", "Whatever", "https://old/?p=1", None),
        Adopted("https://elsewhere.example/2", "By title", "https://old/?p=2", DAY),
    )
    story = Story()
    story.write("a.md", title="A", body="1", date=DAY).write(
        "b.md", title="By Title", body="2", date=DAY
    )
    story.round(adopted=adopted)
    assert story.shown() == {"a.md": "https://old/?p=1", "b.md": "https://old/?p=2"}


def test_an_adopted_entry_of_another_day_is_not_matched_by_its_title() -> None:
    """A title such as "Weeknotes" is not one post."""
    story = settled()
    facts = story.row("first.md").facts
    assert facts is not None
    other = Adopted("https://elsewhere.example/1", facts.title, "urn:old", DAY + timedelta(days=9))
    assert match_adopted(facts, [other]) is None


def test_posts_of_one_day_keep_distinct_instants_in_path_order() -> None:
    """A second apart, given once: a post that is written later never moves an earlier one."""
    story = Story()
    story.write("b.md", title="B", body="b", date=DAY).write("c.md", title="C", body="c", date=DAY)
    story.round()
    story.write("a.md", title="A", body="a", date=DAY)
    story.round()
    dates = {path: story.row(path).date for path in ("a.md", "b.md", "c.md")}
    assert dates == {
        "b.md": DAY,
        "c.md": DAY + timedelta(seconds=1),
        "a.md": DAY + timedelta(seconds=2),
    }
    updates = [story.row(path).updated for path in dates]
    assert len(set(updates)) == 3


def test_an_offset_never_delays_publication() -> None:
    """Two posts due at one instant are both published then."""
    due = MORNING + timedelta(days=1)
    story = settled()
    story.write("a.md", title="A", body="a", date=due).write("b.md", title="B", body="b", date=due)
    story.round()
    story.now = due
    story.round()
    assert {"a.md", "b.md"} <= story.shown().keys()


def test_undated_posts_of_a_first_run_share_one_instant_counting_backwards() -> None:
    """They are sorted last, in path order."""
    story = Story()
    for path in ("a.md", "b.md"):
        story.write(path, title=path, body=path, date=None)
    story.round()
    assert story.row("a.md").date == MORNING
    assert story.row("b.md").date == MORNING - timedelta(seconds=1)
    assert story.row("a.md").sort_last


def test_an_undated_post_that_appears_later_has_the_instant_it_was_first_seen() -> None:
    """And keeps it."""
    story = settled()
    story.write("a.md", date=None)
    story.round()
    seen = story.now
    story.later(days=2).write("a.md", body="Edited.")
    story.round()
    assert story.row("a.md").date == seen


def test_updated_is_the_sources_own_modified_date() -> None:
    """Where the front matter has one, it alone decides."""
    modified = DAY + timedelta(days=2)
    story = Story()
    story.write("a.md", date=DAY, modified=modified)
    story.round()
    story.later(days=5).write("a.md", body="Edited, but not said so.")
    story.round()
    assert story.row("a.md").updated == modified


def test_updated_moves_with_title_or_body_and_with_nothing_else() -> None:
    """Published until the words change, then the instant of that scan."""
    story = Story()
    story.write("a.md", date=DAY)
    story.round()
    assert story.row("a.md").updated == DAY
    story.later(days=5).write("a.md", tags=("new",))
    story.round()
    assert story.row("a.md").updated == DAY
    story.write("a.md", body="Other words.")
    story.round()
    assert story.row("a.md").updated == story.now


def test_updated_is_not_moved_by_a_new_version_that_reads_differently() -> None:
    """The hash is of the source.

    The same bytes keep their instant whatever a new reader makes of them.
    """
    story = Story()
    story.write("a.md", date=DAY)
    story.round()
    row = story.row("a.md")
    assert row.facts is not None
    story.records[row.key] = row._replace(
        facts=row.facts._replace(words="as an older version read it")
    )
    story.later(days=5).round(reading="new", posts="new")
    assert story.row("a.md").updated == DAY


def test_free_instants_are_found_fast() -> None:
    """Ten thousand posts of one day cost ten thousand steps, not fifty million."""
    instants = Instants()
    taken = [instants.take(DAY) for _ in range(10_000)]
    assert len(set(taken)) == 10_000
    assert max(taken) == DAY + timedelta(seconds=9_999)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"newsletter": NewsletterSwitch(send=False)},
        {"markup": Markup.HTML, "tags": ("it's",), "summary": '"'},
    ],
)
def test_what_an_entry_shows_is_hashed_as_it_always_was(more: dict[str, object]) -> None:
    """The hash is stored.

    Another way of writing the same would rewrite every feed after an upgrade.

    It is written down piece by piece because that is faster; it is the text of one tuple (seen to
    fail with its pieces in another order).
    """
    post = Post(
        "a.md",
        "hugo",
        "Ti\\tle",
        "a",
        "https://example.org/a/",
        published=datetime(2026, 3, 2, tzinfo=UTC),
        **more,  # type: ignore[arg-type]
    )
    shown = (
        post.title, post.slug, post.url, post.external_url, post.explicit_id, post.published,
        post.date_only, post.modified, post.authors,
        post.tags, post.categories, post.summary, post.language, post.image, post.enclosures,
        post.markup, post.newsletter,
    )  # fmt: skip
    assert _shown(post) == repr(shown)
