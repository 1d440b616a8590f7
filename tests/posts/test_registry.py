"""The dialects as values: what each says is known where it is used, and said once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from publisher.config.types import _URL_PRESETS
from publisher.markup.comment_syntaxes import SYNTAXES
from publisher.posts.dialects.registry import DIALECTS, PRESETS, UNKNOWN, comments_of, preset_of
from publisher.posts.keys import spelled

if TYPE_CHECKING:
    from publisher.posts.dialects.base import Dialect


def test_the_configuration_knows_every_preset_and_no_other() -> None:
    """``posts.url`` takes the name of each dialect that has addresses."""
    assert set(_URL_PRESETS) == set(PRESETS)


def test_no_name_and_no_key_belongs_to_two() -> None:
    """A key tells one dialect, or none."""
    assert max(Counter(dialect.name for dialect in DIALECTS).values()) == 1
    assert max(Counter(key for dialect in DIALECTS for key in dialect.keys).values()) == 1


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_what_a_dialect_names_is_spelled_as_it_is_looked_up(dialect: Dialect) -> None:
    """Keys in lower case, flags without what joins their words, comments as markup names them."""
    assert all(key == key.lower() for key in (*dialect.keys, *dialect.marks))
    flags = (*dialect.hides, *dialect.hides_at_home, *dialect.drafts)
    assert all(flag == spelled(flag) for flag in flags)
    assert dialect.comments is not None
    assert dialect.comments <= {*SYNTAXES, "percents"}


@pytest.mark.parametrize("dialect", PRESETS.values(), ids=lambda dialect: dialect.name)
def test_a_preset_says_its_addresses_in_one_way(dialect: Dialect) -> None:
    """By a pattern or by a rule; and its configuration is recognised by a file."""
    assert bool(dialect.pattern) is (dialect.page_rule is None)
    assert dialect.config_files
    assert dialect.folders


def test_what_nobody_wrote_is_nobodys() -> None:
    """A pattern is no preset, and of an unknown dialect every comment may be."""
    assert preset_of("/{slug}/") is UNKNOWN
    assert comments_of("front matter") is None
    assert comments_of("") is None
