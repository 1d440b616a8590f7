"""The routes against whatever a program can think of: no answer is ever a 5xx."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok

from tests.web.served import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = 400 if os.environ.get("PUBLISHER_TORTURE", "") == "1" else 25


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served site with a generous bucket."""
    with Served(
        tmp_path_factory.mktemp("site"), more="[limits]\nunsigned = 100000\ntotal = 100000\n"
    ) as site:
        yield site


def test_no_request_is_answered_with_a_server_error(busy: Served) -> None:
    """Schemathesis over the OpenAPI description of every route, pages too."""
    schema = schemathesis.openapi.from_url(f"{busy.base}/api/v1/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert {operation.path for operation in operations} >= {
        "/subscribe",
        "/confirm/{token}",
        "/api/v1/subscribe",
        "/unsubscribe/{token}",
    }
    for operation in operations:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
            database=None,
        )
        @given(case=operation.as_strategy())
        def send(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(base_url=busy.base, checks=[not_a_server_error])

        send()
    busy.mail_thread.work()
