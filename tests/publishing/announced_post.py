"""One post of today whose news is out, and texts long enough to be told apart."""

from __future__ import annotations

from datetime import timedelta

from publisher.posts.models import Announcement
from tests.publishing.round_story import MORNING, File, Story, settled

NEW = MORNING - timedelta(hours=1)
OLD = MORNING - timedelta(days=200)
LONG = "This is a text of some length, so that nobody writes it twice by chance. " * 4
FIVE = "".join(f"Line {number} says something of its own.\n" for number in "abcde")


def announced(file: File) -> Story:
    """Begin with one post of today whose news is out."""
    story = settled()
    story.write("a.md", file)
    story.round()
    assert story.queued == [file.title]
    return story.later(minutes=30)


def is_the_same_post(story: Story, path: str, minted: str) -> bool:
    """Return whether a file has the id that the post got, and its announcement."""
    return (
        story.shown().get(path) == minted and story.row(path).announcement is Announcement.ANNOUNCED
    )
