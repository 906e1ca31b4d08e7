"""Fixtures of the services' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.pair import Pair, running_pair
from tests.services.postgres import running_postgres
from tutor.ports import any_free


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Pair]:
    """Both services, shared by all tests of this room; turn dials with `pair.turned`."""
    with running_pair(tmp_path_factory.mktemp("beer"), redis_url) as running:
        running.get("/pair/beer?name=ipa")  # so that Redis has the opinions, as always but once
        yield running


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a real PostgreSQL database, which any test may empty."""
    with running_postgres(any_free()) as url:
        yield url
