"""What the app keeps in Redis, as checks see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from tutor.checks.cached_pairings import CachedPairings
from tutor.checks.probe import Probe
from tutor.course.lessons import Course
from tutor.errors import NotReadyError
from tutor.ports import any_free
from tutor.sandbox.target import Target
from tutor.sandbox.temporary_stack import temporary_stack, wait_until_ready

NOWHERE = Target("mine/", Path(), Path(), *["http://127.0.0.1:9"] * 4)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a Redis."""
    with temporary_stack(["redis"]) as made:
        wait_until_ready(made._children)
        yield f"redis://127.0.0.1:{made._ports['redis']}/0"


def cached_pairings(url: str) -> CachedPairings:
    return CachedPairings(Probe(replace(NOWHERE, redis=url), Course()))


def test_it_knows_what_is_kept_of_a_beer_and_for_how_long(url: str) -> None:
    with redis.Redis.from_url(url) as store:
        store.set("pairing:double-ipa", "{}", ex=60)
        store.set("v2:gose", "{}")
        store.set("opinion:gose", "50")
    kept = cached_pairings(url)
    assert kept.keys("double ipa") == ["pairing:double-ipa"]
    assert kept.keys("gose") == ["v2:gose"]
    assert 0 < (kept.seconds_left("pairing:double-ipa") or 0) <= 60
    assert kept.seconds_left("v2:gose") is None
    assert kept.seconds_left("pairing:stout") == 0
    kept.expire("gose", "stout")
    assert (kept.keys("gose"), kept.keys("double ipa")) == ([], ["pairing:double-ipa"])
    with redis.Redis.from_url(url) as store:
        assert store.get("opinion:gose") == b"50"


def test_it_says_where_redis_should_be() -> None:
    url = f"redis://127.0.0.1:{any_free()}/0"
    with pytest.raises(NotReadyError, match=url):
        cached_pairings(url).keys("gose")
