"""What an author marked as not for readers is no post, or a draft, however it is marked."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from publisher.errors import Level
from publisher.posts.models import NO_FRONT_MATTER, FileKind, Reading, SourceFile
from publisher.posts.parser import PostParser
from publisher.posts.permalinks import AddressRules
from publisher.system.files import FileStat

HIDDEN = [
    "hidden: true", "hidden: 1", 'hidden: "Yes "', "isHidden: true", "is_hidden: on",
    "is-hidden: y", "Hidden: TRUE", "unlisted: true",
    "private: true", "private: friends only", "isPrivate: true", "protected: true", "secret: yes",
    "password: hunter2", "password: 1234",
    "post_password: x\npassword: 0000", "headless: true", "listed: false", "public: no",
    "visible: false", "routable: 0", "render: false",
    "render: never", "permalink: false", 'permalink: "False"',
    "eleventyExcludeFromCollections: true",
    "eleventyExcludeFromCollections: [posts]", "extra:\n  hidden: true", "params:\n  Private: true",
    "extra.hidden: true",
    "build:\n  list: never", "build:\n  render: never", "_build:\n  render: false",
    '_build:\n  List: "Never"', "build: {list: 'false'}",
    "status: hidden", "status: Private", "post_status: private", "post_status: trash",
    "visibility: members", "visibility: Paid",
    "visibility: private", "state: unlisted", "params:\n  visibility: private",
    "status: [published, private]", "status: {name: Hidden}",
    "type: page", "post_type: page", "post_type: revision", "layout: Page", "email_only: true",
    "hide: true",
]  # fmt: skip
DRAFTS = [
    "draft: true", 'draft: "true"', 'draft: "yes "', "draft: 1", "draft: y", "draft: x",
    "draft: until March", "draft: [true]",
    "isDraft: true",
    "is_draft: true", "is-draft: 'on'", "DRAFT: True", "wip: true", "unpublished: true",
    "published: false", 'published: "False"',
    "published: no", "published: 0", 'published: "0"', "publish: false", "publish: draft",
    "is_published: false", "isPublished: 0",
    "dg-publish: false", "dg-publish:", "params:\n  draft: true", "extra:\n  isDraft: true",
    "draft: false\nparams: {draft: true}",
    "status: Draft", "status: DRAFTS\ndraft: true", "status: pending", "post_status: auto-draft",
    "state: wip", "status: false",
    "status: ✏️ Draft", "status: '#draft'", "status: [draft]", "status: {value: draft}",
    "status: draft\nposts: 1", "type: draft",
    "status: scheduled", "status: Future", "state: scheduled\ndate:",
    "status: scheduled\ndate: 2026-01-01\npublished_at:",
    "post_status: future\npost_date: 2026-01-01\npublishDate: null", "scheduled: true",
]  # fmt: skip
OPEN = [
    "draft: false", 'draft: "No"', "draft: 0", "draft:", "isDraft: 'false '", "published: true",
    "published: 2026-01-01", "publish: yes",
    "publish: 2026-01-01", "is_published: true", "dg-publish: true", "hidden: false",
    "hidden: 'no'", "private: null", "password:",
    'password: ""', "unlisted: 0", "listed: true", "share: false", "noindex: true",
    "sitemap: false", "robots: noindex", "layout: none",
    "hide: [toc]", "hide:\n  - navigation", "status: published", "status: Publish",
    "post_status: publish", "visibility: Public",
    "status: ✅ Published", "status: live", "state:", "status: []", "status: [published]",
    "status: scheduled\ndate: 2026-01-01",
    "post_status: future\npost_date: 2026-01-01",
    "build:\n  list: always\n  publishResources: false", "build: {render: link}",
    "extra:\n  hidden: false", "render: true", "permalink: /x/", "private_notes: mine",
]  # fmt: skip


def _read(front: str, path: str = "a-post.md", **options: object) -> Reading:
    data = f"---\ntitle: T\n{front}\n---\nWords.\n".encode()
    reader = PostParser(AddressRules("https://example.org", "/{slug}/"), ZoneInfo("UTC"), **options)  # type: ignore[arg-type]
    return reader.read(SourceFile(path, FileStat(len(data), 0, 0), data))


@pytest.mark.parametrize("front", HIDDEN)
def test_what_is_hidden_is_no_post(front: str) -> None:
    """Ignored, with the reason; un-hiding it is then no draft's coming out."""
    reading = _read(front)
    assert reading.kind is FileKind.IGNORED
    assert reading.reason
    assert "hunter2" not in reading.reason


@pytest.mark.parametrize("front", DRAFTS)
def test_what_is_a_draft_is_a_post_that_waits(front: str) -> None:
    """A draft, and where that comes from."""
    reading = _read(front)
    assert reading.post is not None, reading
    assert reading.post.draft
    assert reading.post.origins["status"].startswith("front matter ")


@pytest.mark.parametrize("front", OPEN)
def test_what_means_nothing_hides_nothing(front: str) -> None:
    """Neither buttons, nor robots, nor a plain no."""
    reading = _read(front)
    assert reading.post is not None, reading
    assert not reading.post.draft
    assert (reading.post.doubt, reading.post.feed, reading.problems) == ("", True, ())


@pytest.mark.parametrize("path", ["_drafts/a.md", "Drafts/a.md", "2026/drafts/a.md"])
def test_a_folder_of_drafts_makes_drafts(path: str) -> None:
    """Whatever the file says."""
    reading = _read("draft: false", path)
    assert reading.post is not None
    assert reading.post.draft


@pytest.mark.parametrize(
    "front",
    [
        "feed: false",
        "rss: false",
        "rss: 'No'",
        "excludeFromFeed: true",
        "exclude_from_rss: 1",
        "params:\n  rss: false",
        "hideFromFeed: yes",
    ],
)
def test_what_is_not_for_feeds_is_still_a_post(front: str) -> None:
    """It is on the site and may be mailed."""
    reading = _read(front)
    assert reading.post is not None
    assert not reading.post.feed


@pytest.mark.parametrize(
    ("front", "doubt"),
    [
        ("status: in review", "status: in review"),
        ("state: Evergreen", "state: Evergreen"),
        ("post_status: zurückgezogen", "post_status: zurückgezogen"),
        ("visibility: insiders", "visibility: insiders"),
        ("status: [published, stub]", "status: stub"),
        ("params:\n  state: 7", "params.state: 7"),
        ("status: 🌱", "status: 🌱"),
    ],
)
def test_a_word_nobody_knows_is_told_with_those_that_are_known(front: str, doubt: str) -> None:
    """The problem names the line, the words we know, and the line that would allow this one."""
    reading = _read(front)
    assert reading.post is not None
    assert reading.post.doubt == doubt
    (problem,) = reading.problems
    assert (problem.level, problem.line) == (Level.WARNING, 3)
    assert all(
        word in problem.cure
        for word in ("published", "draft", "scheduled", "private", "public_words = [")
    )


@pytest.mark.parametrize("word", ["Evergreen", "in review", "In-Review", "🌱"])
def test_a_word_that_the_configuration_allows_hides_nothing(word: str) -> None:
    """``posts.public_words``, in any case."""
    from publisher.posts.status_words import word_of

    allowed = frozenset(map(word_of, ("evergreen", "in review", "🌱")))
    reading = _read(f"status: {word}", public_words=allowed)
    assert reading.post is not None
    assert (reading.post.doubt, reading.problems) == ("", ())


def test_a_draft_with_a_word_nobody_knows_is_a_draft() -> None:
    """What hides it already need not be asked about."""
    reading = _read("draft: true\nstatus: evergreen")
    assert reading.post is not None
    assert (reading.post.draft, reading.post.doubt, reading.problems) == (True, "", ())


@pytest.mark.parametrize(
    "name",
    [
        "post.sync-conflict-20261130-120000-ABCDEFG.md",
        "post (Ada's conflicted copy 2026-11-30).md",
        "post (conflicted copy 2026-11-30 101500).md",
        "post (Conflicted copy phone 202611301015).md",
        "post (SFConflict ada@example.org 2026-11-30-10-15-00).md",
        "post (In Konflikt stehende Kopie von Ada 2026-11-30).md",
        "2026/post (Copie en conflit de Ada 2026-11-30).md",
    ],
)  # fmt: skip
def test_a_copy_left_by_a_syncing_program_is_no_post(name: str) -> None:
    """Whatever is in it; people are told, because two edits wait to be brought together."""
    reading = _read("date: 2026-11-30", name)
    assert (reading.kind, reading.problems[0].level) == (FileKind.IGNORED, Level.WARNING)


@pytest.mark.parametrize(
    "title",
    [
        "Protected: Plan", "PRIVATE: Plan", "Geschützt: Plan", "Privat: Plan", "Protégé : Plan",
        "Protégé\u00a0: Plan", "Privé : Plan",
        "Protegido: Plan", "Privado: Plan", "Protetto: Plan", "Beveiligd: Plan", "保護中: Plan",
        "私密\uff1aPlan", "Gesch&uuml;tzt: Plan",
    ],
)  # fmt: skip
def test_a_title_that_wordpress_marks_is_hidden_and_told(title: str) -> None:
    """An export marks protected and private posts in the title, in the site's language."""
    data = f'---\npost_title: "{title}"\n---\nSecret.\n'.encode()
    reader = PostParser(AddressRules("https://example.org", "wordpress"), ZoneInfo("UTC"))
    reading = reader.read(SourceFile("a.md", FileStat(0, 0, 0), data))
    assert reading.kind is FileKind.IGNORED
    assert "protected or private" in reading.problems[0].found


@pytest.mark.parametrize(
    "title",
    ["Privateers: a history", "Private lives", "Protection: why", "On private: fields in Rust"],
)
def test_a_title_that_only_begins_alike_is_no_mark(title: str) -> None:
    """The mark is the whole word before the colon."""
    assert _read(f'post_title: "{title}"').kind is FileKind.POST


def test_a_layout_decides_nothing_among_the_posts_of_jekyll() -> None:
    """``_posts/`` is for posts; some themes give them the layout of a page."""
    assert _read("layout: page", "_posts/2026-01-01-a.md").kind is FileKind.POST
    assert _read("layout: page", "2026-01-01-a.md", is_jekyll=True).kind is FileKind.POST
    assert _read("layout: page", "2026-01-01-a.md").kind is FileKind.IGNORED
    assert _read("layout: page\nhidden: true", "_posts/2026-01-01-a.md").kind is FileKind.IGNORED


def test_sharing_means_buttons_except_in_a_vault() -> None:
    """``share: false`` hides in an Obsidian vault; elsewhere a theme shows no buttons."""
    assert _read("share: false").kind is FileKind.POST
    assert _read("share: false", in_vault=True).kind is FileKind.IGNORED
    assert _read("share: true", in_vault=True).kind is FileKind.POST
    assert _read("tags: [a]", in_vault=True).kind is FileKind.POST


@pytest.mark.parametrize("require", ["publish", "share"])
def test_a_vault_publishes_only_what_has_the_flag(require: str) -> None:
    """``posts.require``: a note without the flag is no post, whatever else it says."""
    for front in (
        "tags: [a]",
        "draft: false",
        "published: true",
        f"{require}: ",
        f"{require}: maybe",
    ):
        assert _read(front, require=require).kind is FileKind.IGNORED, front
    for front in (f"{require}: true", f'{require}: "Yes"', f"{require.title()}: 1"):
        reading = _read(front, require=require)
        assert reading.post is not None, front
        assert not reading.post.draft


def test_a_vault_takes_a_date_for_the_flag_and_a_no_for_a_draft() -> None:
    """``publish: 2026-05-01`` is published then; ``publish: false`` waits for its author's yes."""
    dated, waiting = (
        _read("publish: 2026-05-01", require="publish"),
        _read("publish: false", require="publish"),
    )
    assert dated.post is not None
    assert str(dated.post.published) == "2026-05-01 00:00:00+00:00"
    assert waiting.post is not None
    assert waiting.post.draft


def test_fences_around_nothing_are_no_front_matter() -> None:
    """What is empty is no post; what has words between no keys is one (Jekyll)."""
    reader = PostParser(AddressRules("https://example.org", "jekyll"), ZoneInfo("UTC"))
    empty = reader.read(SourceFile("a.md", FileStat(0, 0, 0), b"---\n\n---\n\n"))
    assert (empty.kind, empty.reason) == (FileKind.IGNORED, NO_FRONT_MATTER)
    assert (
        reader.read(SourceFile("a.md", FileStat(0, 0, 0), b"---\n\n---\nWords.\n")).kind
        is FileKind.POST
    )


def test_a_password_is_kept_nowhere() -> None:
    """Not even of a draft whose author has not taken it out yet."""
    reading = _read("password: hunter2")
    assert "hunter2" not in repr(reading)


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [("astro", FileKind.IGNORED), ("jekyll", FileKind.IGNORED), ("eleventy", FileKind.POST)],
)
def test_a_name_that_the_generator_leaves_out_is_no_post(pattern: str, kind: FileKind) -> None:
    """Astro and Jekyll make no page of a file whose name begins with an underscore."""
    reader = PostParser(AddressRules("https://example.org", pattern), ZoneInfo("UTC"))
    data = b"---\ntitle: T\ndate: 2026-01-01\n---\nWords.\n"
    assert reader.read(SourceFile("blog/_later.md", FileStat(0, 0, 0), data)).kind is kind
    in_folder = reader.read(SourceFile("_posts/later.md", FileStat(0, 0, 0), data)).kind
    assert in_folder is (FileKind.IGNORED if pattern == "astro" else FileKind.POST)
