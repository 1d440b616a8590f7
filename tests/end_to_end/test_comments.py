"""Promise 11: comments of any dialect are never shown, in whatever form a post reaches readers."""

from __future__ import annotations

import quopri
from typing import TYPE_CHECKING

from tests.commands import publisher
from tests.markup.commented import COMMENTS, DEFINITIONS

if TYPE_CHECKING:
    from pathlib import Path


def test_no_document_and_no_mail_shows_a_comment(tmp_path: Path) -> None:
    """A post without a title of its own, full of comments of every dialect.

    Feeds, archive, HTML, text and message say only the rest.
    """
    (tmp_path / "publisher.toml").write_text(
        '[site]\ntitle = "Notes"\nurl = "https://example.org"\ntimezone = "UTC"\n[posts]\nsettle'
        " = 0\n"
    )
    posts = tmp_path / "posts"
    posts.mkdir()
    paragraphs = [
        f"Before {comment} after.\n"
        for comment in COMMENTS.values()
        if not comment.startswith("#+")
    ]
    blocks = [*COMMENTS.values(), *DEFINITIONS[:-1]]
    body = "\n\n".join(
        ["<!-- # Private -->", "# Shown %%private%%", *paragraphs, *blocks, "The end."]
    )
    (posts / "2026-03-15-a.md").write_text(f"---\ndate: 2026-03-15\n---\n{body}\n", "utf-8")
    ended = publisher("build", cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    written = [
        path
        for folder in ("public", "newsletters")
        for path in (tmp_path / folder).rglob("*")
        if path.is_file()
    ]
    assert {"feed.xml", "atom.xml", "feed.json", "issue.html", "issue.txt", "issue.eml"} <= {
        path.name for path in written
    }
    for path in written:
        text = quopri.decodestring(path.read_bytes()).decode("utf-8", "replace")
        assert "private" not in text.lower(), path.name
        if path.name in {"issue.html", "issue.txt", "feed.json"}:
            assert "Shown" in text
            assert text.count("after.") >= len(paragraphs), path.name
            assert "The end." in text
