"""The state on SQLite and on a real PostgreSQL: the same code, the same tests."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect, text

from publisher.database import schema, sqlite
from publisher.database.connection import BATCH
from publisher.database.database import Database
from publisher.database.engine import migrate, sqlite_schema
from publisher.database.locks import RunLock
from publisher.database.site_state import SiteStateStore
from publisher.errors import (
    ForeignStateError,
    Level,
    NewerStateError,
    Problem,
    StateBusyError,
    StateError,
)
from publisher.feeds.models import StoredTerm, WrittenDocument
from publisher.feeds.store import FeedStore
from publisher.markup.models import Rendered
from publisher.newsletter.issue import HoldReason, IssueContent, IssueRecord, IssueState
from publisher.newsletter.store import IssueStore
from publisher.posts.columns import pack_source
from publisher.posts.models import Announcement, Author, Enclosure, FileKind, NewsletterSwitch, Post
from publisher.posts.records import Adopted, KnownAs, PostRecord, PostSummary
from publisher.posts.store import _COLUMNS, PostStore
from publisher.system.files import FileStat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.database.connection import Transaction


NOW = datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=UTC)
FACTS = PostSummary(
    "Tïtle",
    "https://example.org/a/",
    "urn:x",
    "urn:y",
    False,
    NOW,
    None,
    None,
    "w",
    "e",
    (("tag", "C++"),),
    True,
    True,
)
PROBLEM = Problem("a.md", 3, Level.WARNING, "Found.", "Cure.", 7)
POST = Post(
    "a.md", "hugo", "Tïtle", "a", "https://example.org/a/", published=NOW, authors=(Author("Ada",
    None, "https://a.example"),),
    enclosures=(Enclosure("https://example.org/a.mp3", 7, "audio/mpeg"),),
    newsletter=NewsletterSwitch(send=False), extra={"x": [1]},
)  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A fresh state."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    opened = Database.open(tmp_path / "state", url)
    yield opened
    opened.close()


def _record(path: str, **changes: object) -> PostRecord:
    base = PostRecord(
        path,
        FileStat(1, 2**62, 2**63 + 5),
        "h",
        FileKind.POST,
        NOW,
        problems=(PROBLEM,),
        facts=FACTS,
        known_as=KnownAs.DRAFT,
    )
    return base._replace(**changes)  # type: ignore[arg-type]


def test_records_come_back_as_they_were(state: Database) -> None:
    """Nothing is lost: big inodes, microseconds, problems, facts."""
    records = [
        _record("a.md", announcement=Announcement.PENDING, why="bulk", news_at=NOW),
        _record("b.md", facts=None, gone_at=NOW),
    ]
    with state.transaction() as transaction:
        keys = PostStore(transaction).add_records(records)
    with state.reading() as transaction:
        assert PostStore(transaction).records() == [
            record._replace(key=key) for record, key in zip(records, keys, strict=True)
        ]


def test_rows_are_found_by_file_and_in_the_order_of_feeds(state: Database) -> None:
    """More of them than are in memory at once; what has no file or no date is not among them.

    Seen to fail where a tombstone of the same path is given, and where undated posts come before
    older ones.
    """
    dated = [
        _record(f"{number:04}.md", date=NOW + timedelta(seconds=number), updated=NOW)
        for number in range(BATCH + 1)
    ]
    others = [
        _record("last.md", date=NOW + timedelta(days=1), sort_last=True),
        _record("0001.md", gone_at=NOW, date=NOW),
        _record("draft.md"),
    ]
    with state.transaction() as transaction:
        PostStore(transaction).add_records([*dated, *others])
    with state.reading() as transaction:
        assert [record.path for record in PostStore(transaction).newest_first()] == [
            *(record.path for record in reversed(dated)),
            "last.md",
        ]
        assert {
            record.date
            for record in PostStore(transaction).records_at(["0001.md", "draft.md", "no.md"])
        } == {
            NOW + timedelta(seconds=1),
            None,
        }
        assert set(PostStore(transaction).updates()) == {NOW}


def test_two_files_may_exchange_their_names(state: Database) -> None:
    """A living path is unique, and still two rows may swap paths in one round."""
    with state.transaction() as transaction:
        first, second = PostStore(transaction).add_records([_record("a.md"), _record("b.md")])
        PostStore(transaction).update_records(
            [_record("b.md", key=first), _record("a.md", key=second)]
        )
    with state.reading() as transaction:
        assert {record.key: record.path for record in PostStore(transaction).records()} == {
            first: "b.md",
            second: "a.md",
        }


def test_rows_that_give_way_hand_on_what_refers_to_them(state: Database) -> None:
    """Issues of any state, the source, the render.

    Where a row has none, the other keeps its own.
    """
    packed = {body: pack_source(POST, body) for body in ("older", "copy", "plain")}
    with state.transaction() as transaction:
        older, copy, plain, bare = PostStore(transaction).add_records(
            [_record(f"{name}.md") for name in "abcd"]
        )
        PostStore(transaction).save_sources(
            [(older, packed["older"]), (copy, packed["copy"]), (plain, packed["plain"])]
        )
        PostStore(transaction).save_renders({copy: ("key", Rendered("<p>copy</p>", "copy"))})
        issues = [
            IssueStore(transaction).add_issue(IssueRecord((key,), one, "S", NOW), None)
            for key, one in (
                (copy, IssueState.CANCELLED),
                (copy, IssueState.SENT),
                (bare, IssueState.HELD),
                (older, IssueState.SENT),
            )
        ]
        PostStore(transaction).merge_records({copy: older, bare: plain})
        assert set(PostStore(transaction).records_of([older, copy, plain, bare])) == {older, plain}
        assert PostStore(transaction).load_bodies([older, copy, plain, bare]) == {
            older: "copy",
            plain: "plain",
        }
        assert set(PostStore(transaction).load_renders({older: "key", copy: "key"})) == {older}
        found = [IssueStore(transaction).issue(key) for key in issues]
        assert [issue.posts for issue in found if issue is not None] == [
            (older,),
            (older,),
            (plain,),
            (older,),
        ]


def test_facts_of_an_older_version_are_read(state: Database) -> None:
    """It wrote fewer of them: what it did not know has its default."""
    with state.transaction() as transaction:
        (key,) = PostStore(transaction).add_records([_record("a.md")])
        (written,) = next(iter(transaction.sql.run("SELECT facts FROM posts")))
        transaction.sql.run("UPDATE posts SET facts = ?", (json.dumps(json.loads(written)[:13]),))
        facts = PostStore(transaction).records_of([key])[key].facts
        assert facts is not None
        assert (facts, facts.body, facts.is_long, facts.asked) == (FACTS, "", False, False)
        PostStore(transaction).update_records(
            [
                _record("a.md", key=key)._replace(
                    facts=FACTS._replace(body="b", is_long=True, asked=True)
                )
            ]
        )
        facts = PostStore(transaction).records_of([key])[key].facts
        assert facts is not None
        assert (facts.body, facts.is_long, facts.asked) == ("b", True, True)


def test_a_failed_transaction_leaves_nothing(state: Database) -> None:
    """All or nothing."""

    def fail() -> None:
        with state.transaction() as transaction:
            PostStore(transaction).add_records([_record("a.md")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with state.reading() as transaction:
        assert PostStore(transaction).records() == []


def test_sources_renders_documents_terms_and_adopted_come_back(state: Database) -> None:
    """Every table keeps what it is given; writing twice replaces."""
    rendered = Rendered("<p>ü</p>", "ü", ("https://example.org/i.png",), (PROBLEM,))
    document = WrittenDocument("tags/ü/feed.xml", "f", FileStat(1, 2, 3))
    adopted = Adopted("https://example.org/a/", "Tïtle", "urn:old", NOW)
    with state.transaction() as transaction:
        (key,) = PostStore(transaction).add_records([_record("a.md")])
        for name, body in (("first", "first"), ("second", "second \udc80")):
            PostStore(transaction).save_sources([(key, pack_source(POST, body))])
            PostStore(transaction).save_renders({key: (name, rendered)})
            FeedStore(transaction).save_documents([document])
            PostStore(transaction).save_adopted([adopted])
        FeedStore(transaction).add_terms([StoredTerm("tag", "c++", "C++", "c-4c2a")])
    with state.reading() as transaction:
        assert PostStore(transaction).load_sources([key]) == {key: (POST, "second \udc80")}
        assert PostStore(transaction).load_posts([key]) == {key: POST}
        assert PostStore(transaction).load_renders({key: "first"}) == {}, (
            "one render a post, the newest"
        )
        assert PostStore(transaction).load_renders({key: "second", key + 1: "other"}) == {
            key: rendered
        }
        assert FeedStore(transaction).documents() == {document.path: document}
        assert FeedStore(transaction).terms() == [StoredTerm("tag", "c++", "C++", "c-4c2a")]
        assert PostStore(transaction).adopted() == [adopted]


def test_issues_come_back_with_their_posts_and_words(state: Database) -> None:
    """An issue, its posts in order, and what it says."""
    content = IssueContent("Subject", "Pre", "<p>", "text")
    with state.transaction() as transaction:
        keys = PostStore(transaction).add_records([_record("a.md"), _record("b.md")])
        issue = IssueRecord(
            (keys[1], keys[0]), IssueState.HELD, "Subject", NOW, reason=HoldReason.BULK
        )
        key = IssueStore(transaction).add_issue(issue, content)
        queued = replace(
            issue, key=key, state=IssueState.QUEUED, reason=None, queued_at=NOW, folder="x"
        )
        IssueStore(transaction).update_issues([queued])
    with state.reading() as transaction:
        stored = IssueStore(transaction).issue(key)
        assert stored is not None
        assert len(stored.public) == 32, "its page on the web has a random name"
        assert replace(stored, public="") == queued
        assert IssueStore(transaction).issues() == [stored]
        assert IssueStore(transaction).issue_by_public(stored.public) == stored
        assert IssueStore(transaction).issue_by_public("0" * 32) is None
        assert IssueStore(transaction).issues([IssueState.HELD]) == []
        assert IssueStore(transaction).content(key) == content
        assert IssueStore(transaction).folders() == {"x"}
        assert IssueStore(transaction).issue(key + 1) is None


def test_the_memory_of_a_site_comes_back(state: Database) -> None:
    """A new database has a name of its own; what is saved is what is read."""
    with state.transaction() as transaction:
        memory = replace(
            SiteStateStore(transaction).memory(),
            scanned=True,
            latest=NOW,
            counts=((NOW, 3),),
            counter=4,
            config_path="/x",
        )
        SiteStateStore(transaction).save_site_state(memory)
        SiteStateStore(transaction).increment_revision()
    with state.reading() as transaction:
        assert SiteStateStore(transaction).memory() == replace(memory, counter=5)


def test_naive_instants_are_refused(state: Database) -> None:
    """SQLite would drop the zone in silence."""
    naive = NOW.replace(tzinfo=None)
    with state.transaction() as transaction, pytest.raises(Exception, match="naive"):
        PostStore(transaction).add_records([_record("a.md", first_seen=naive)])


def test_a_migrated_schema_equals_a_fresh_one(state: Database) -> None:
    """The migrations come to what a new database begins with.

    Tables, columns, types, nullability, indexes, foreign keys.
    """
    fresh = _shape(state)
    assert len(fresh) > 15
    with state.engine.begin() as connection:
        schema.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        migrate(connection)
    assert _shape(state) == fresh
    Database.open(state.folder, state.url).close()


def test_a_new_file_begins_with_the_tables_of_the_schema(tmp_path: Path) -> None:
    """SQLite's tables are made of ``schema.sql``, without SQLAlchemy.

    It holds what ``schema.py`` says, and is written by ``make docs``.
    """
    kept = Path(sqlite.__file__).with_name("schema.sql")
    assert kept.read_text("utf-8") == sqlite_schema()
    opened = Database.open(tmp_path)
    columns = [column["name"] for column in inspect(opened.engine).get_columns("posts")]
    assert columns == ["id", *_COLUMNS]
    opened.close()


def test_whoever_is_lent_a_transaction_cannot_end_it(tmp_path: Path) -> None:
    """What a round writes and what SQLAlchemy writes for it are one transaction.

    All of it is there, or nothing.
    """
    opened = Database.open(tmp_path)
    with pytest.raises(ZeroDivisionError), opened.writing_core() as transaction:
        _write_and_fail(transaction)
    with opened.writing_core() as transaction:
        assert PostStore(transaction).records() == []
        PostStore(transaction).add_records([_record("b.md")])
        SiteStateStore(transaction).save_note("x", "y")
    with opened.reading() as whole:
        assert [record.path for record in PostStore(whole).records()] == ["b.md"]
        assert SiteStateStore(whole).note("x") == "y"
    opened.close()


def _write_and_fail(transaction: Transaction) -> None:
    PostStore(transaction).add_records([_record("a.md")])
    SiteStateStore(transaction).save_note("x", "y")
    transaction.connection.rollback()
    transaction.connection.commit()
    raise ZeroDivisionError


def _shape(state: Database) -> dict[str, object]:
    found = inspect(state.engine)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(table)],
            sorted(
                (str(i["name"]), tuple(i["column_names"]), bool(i["unique"]))
                for i in found.get_indexes(table)
            ),
            sorted(tuple(f["constrained_columns"]) for f in found.get_foreign_keys(table)),
        )
        for table in found.get_table_names()
    }


def test_a_database_of_a_newer_version_is_refused(state: Database) -> None:
    """Going back to an older program must not damage what a newer one wrote."""
    with state.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerStateError, match="newer version"):
        Database.open(state.folder, state.url)


def test_a_database_that_was_deleted_or_replaced_is_used_no_more(tmp_path: Path) -> None:
    """SQLite would write on into the file that is gone; brought back it is used again.

    The defence is ``State._connect``.
    """
    state, path = Database.open(tmp_path), tmp_path / "publisher.db"
    with state.transaction() as transaction:
        memory = SiteStateStore(transaction).memory()
        SiteStateStore(transaction).save_site_state(memory)
    path.rename(tmp_path / "aside")
    for _ in range(2):
        with pytest.raises(StateError, match="deleted or replaced"), state.transaction():
            pass
        shutil.copy(tmp_path / "aside", path)
    (tmp_path / "aside").rename(path)
    with state.reading() as transaction:
        assert SiteStateStore(transaction).memory() == memory
    state.close()


def test_a_database_of_something_else_is_refused(state: Database) -> None:
    """Tables that are not ours stay untouched."""
    with state.engine.begin() as connection:
        schema.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(text("CREATE TABLE recipes (id INTEGER)"))
    with pytest.raises(ForeignStateError, match="recipes"):
        Database.open(state.folder, state.url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """Its bytes stay."""
    (tmp_path / "publisher.db").write_bytes(
        b"not a database at all, but long enough to be read as one" * 30
    )
    with pytest.raises(ForeignStateError, match="no database"):
        Database.open(tmp_path)


def test_only_one_run_holds_the_state(state: Database) -> None:
    """The second is told who holds it, and gets it when the first lets go."""
    other = Database.open(state.folder, state.url)
    with RunLock(state), pytest.raises(StateBusyError) as caught:
        RunLock(other)
    other.close()
    assert caught.value.exit_status == 3
    RunLock(state).release()


def test_the_server_names_its_database(state: Database) -> None:
    """PostgreSQL by system identifier and oid; SQLite not at all."""
    assert bool(state.identity()) is bool(state.url)
