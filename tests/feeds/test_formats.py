"""The formats of feeds: one list, which the configuration and everything else agree with."""

from __future__ import annotations

from typing import get_args

import pytest

from publisher.config.sections import FeedsConfig
from publisher.feeds.formats import FORMATS, formats

NAMES = {field.alias or name for name, field in FeedsConfig.model_fields.items()}


@pytest.mark.parametrize("key", FORMATS)
def test_each_format_has_its_key_and_may_have_aliases(key: str) -> None:
    """Its file is named in ``[feeds]``, or is off; an old address may be an alias of it."""
    assert key in NAMES
    assert key in get_args(get_args(FeedsConfig.model_fields["aliases"].annotation)[1])
    assert key in formats(FeedsConfig())
    assert key not in formats(FeedsConfig.model_validate({key: False}))


@pytest.mark.parametrize("key", FORMATS)
def test_each_format_has_a_serializer(key: str) -> None:
    """It writes items and what stands around them."""
    serializer = FORMATS[key].serializer()
    assert callable(serializer.item)
    assert callable(serializer.frame)


def test_every_alias_is_of_a_format() -> None:
    """What the configuration lets through is a format there is."""
    allowed = get_args(get_args(FeedsConfig.model_fields["aliases"].annotation)[1])
    assert set(allowed) == set(FORMATS)
