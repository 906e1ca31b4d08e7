"""What the app keeps in Redis, as checks see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from tutor.checks.probe import Probe
from tutor.checks.redis_pairings import Shelf
from tutor.course.lessons import Course
from tutor.errors import NotReadyError
from tutor.ports import any_free
from tutor.sandbox.target import Target
from tutor.sandbox.temporary_stack import stand, wait_for

NOWHERE = Target("mine/", Path(), Path(), *["http://127.0.0.1:9"] * 4)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A Redis."""
    with stand(["redis"]) as made:
        wait_for(made._children)
        yield f"redis://127.0.0.1:{made._ports['redis']}/0"


def shelf(url: str) -> Shelf:
    return Shelf(Probe(replace(NOWHERE, redis=url), Course()))


def test_it_knows_what_is_kept_of_a_beer_and_for_how_long(url: str) -> None:
    with redis.Redis.from_url(url) as store:
        store.set("pairing:double-ipa", "{}", ex=60)
        store.set("v2:gose", "{}")
        store.set("opinion:gose", "50")
    kept = shelf(url)
    assert kept.keys("double ipa") == ["pairing:double-ipa"]
    assert kept.keys("gose") == ["v2:gose"]
    assert 0 < (kept.seconds_left("pairing:double-ipa") or 0) <= 60
    assert kept.seconds_left("v2:gose") is None
    assert kept.seconds_left("pairing:stout") == 0
    kept.clear("gose", "stout")
    assert (kept.keys("gose"), kept.keys("double ipa")) == ([], ["pairing:double-ipa"])
    with redis.Redis.from_url(url) as store:
        assert store.get("opinion:gose") == b"50"


def test_it_says_where_redis_should_be() -> None:
    url = f"redis://127.0.0.1:{any_free()}/0"
    with pytest.raises(NotReadyError, match=url):
        shelf(url).keys("gose")
