"""Deferred work of the app: each has the request that sets it off, and those that asked for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from services.dials import dials
from services.donutdb import DonutDB
from services.orders import WriteBehind, served
from tests.services.pair import Pair, running_pair
from tests.services.sink import Span, Trace, tag
from tests.waiting import wait_until

QUICK = {"PAIRING_CACHE_S": 60, "TASTE_MS": 0, "CONNECT_MS": 0, "SQL_ROUND_TRIP_MS": 0}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[tuple[Pair, Path]]:
    """Both services, and the folder of their data; nobody else's orders are counted there."""
    data = tmp_path_factory.mktemp("deferred")
    # another database of that Redis: other tests keep pairings, too
    with running_pair(data, f"{redis_url.rsplit('/', 1)[0]}/7", REDIS_ROUND_TRIP_MS="0") as pair:
        yield pair, data / "beer.db"


def submitters(span: Span) -> list[int]:
    """Return the traces that a span's links name as its submitters."""
    assert {link["attributes"]["relation"] for link in span["span_links"]} == {"submitter"}
    return [link["trace_id"] for link in span["span_links"]]


def trace_id(trace: Trace) -> int:
    number: int = trace.root["trace_id"]
    return number


def batches_of_their_own(pair: Pair) -> list[Span]:
    """Return the batches that no request has set off."""
    roots = (trace.root for trace in pair.sink.traces("web", 1))
    return [root for root in roots if root["name"] == "orders.write"]


def test_a_full_cache_evicts_the_oldest_pairing(own: tuple[Pair, Path]) -> None:
    pair, _ = own
    with pair.turned(**QUICK, PAIRING_CACHE_SIZE=2, EVICT_MS=5):
        traces = [pair.traced(f"/pair/beer?name={beer}")[1] for beer in ("ipa", "bock", "gose")]
        assert [len(trace.named("cache.evict")) for trace in traces] == [0, 0, 1]
        (evict,) = traces[2].named("cache.evict")
        assert evict["parent_id"] == traces[2].root["span_id"], "whoever needs the room triggers it"
        assert submitters(evict) == [trace_id(traces[0])]
        assert tag(evict, "cache.key") == "pairing:ipa"
        again = [pair.traced(f"/pair/beer?name={beer}")[1] for beer in ("bock", "gose", "ipa")]
        assert [tag(trace.root, "cache.hit") for trace in again] == ["true", "true", "false"]


def test_without_a_capacity_nothing_is_evicted(own: tuple[Pair, Path]) -> None:
    pair, _ = own
    with pair.turned(**QUICK):
        for beer in ("lambic", "porter", "stout"):
            trace = pair.traced(f"/pair/beer?name={beer}")[1]
            assert not trace.named("cache.evict")
            assert not any("Z" in resource for resource in trace.resources("redis.command"))


def test_lessons_clear_entries_away_themselves(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", f"{redis_url.rsplit('/', 1)[0]}/6")
    monkeypatch.setattr(dials, "EVICT_MS", 0)
    donutdb = DonutDB()
    donutdb.keep("pairing:evicted", {"beer": "ipa"}, 60)
    donutdb.keep("pairing:other", {"beer": "bock"}, 60)
    donutdb.evict("pairing:evicted")
    donutdb.evict("pairing:evicted")  # it has gone, or has expired in the meantime
    assert donutdb.kept("pairing:evicted") is None
    assert donutdb.kept("pairing:other") == {"beer": "bock"}


def test_a_pairing_that_has_expired_is_not_evicted(own: tuple[Pair, Path]) -> None:
    pair, _ = own
    with pair.turned(**{**QUICK, "PAIRING_CACHE_S": 0.001}, PAIRING_CACHE_SIZE=1):
        pair.get("/pair/beer?name=kolsch")  # makes room of what other tests have kept
        assert not pair.traced("/pair/beer?name=saison")[1].named("cache.evict")


def test_orders_are_written_in_batches(own: tuple[Pair, Path]) -> None:
    pair, database = own
    with pair.turned(**QUICK, ORDERS_BATCH=3, ORDERS_WRITE_MS=60_000):
        answers = [pair.get("/pair/beer?name=saison") for _ in range(3)]
        traces = [pair.sink.trace(answer) for answer in answers]
        wait_until(lambda: pair.sink.trace(answers[2]).named("orders.write"))
        (batch,) = pair.sink.trace(answers[2]).named("orders.write")
    ids = [trace_id(trace) for trace in traces]
    assert batch["trace_id"] == ids[2], "the request that fills the batch sets it off"
    assert submitters(batch) == ids
    assert tag(batch, "orders") == 3
    with closing(sqlite3.connect(database)) as connection:
        count = "SELECT times FROM pairing_served WHERE beer = 'saison'"
        assert connection.execute(count).fetchall() == [(3,)]


def test_a_batch_that_does_not_fill_up_is_a_trace_of_its_own(own: tuple[Pair, Path]) -> None:
    pair, _ = own
    with pair.turned(**QUICK, ORDERS_BATCH=100, ORDERS_WRITE_MS=1):
        _, trace = pair.traced("/pair/beer?name=bock")
        wait_until(lambda: batches_of_their_own(pair))
    (batch,) = batches_of_their_own(pair)
    assert submitters(batch) == [trace_id(trace)]


def test_a_database_that_comes_late_costs_only_the_orders_until_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dials, "ORDERS_BATCH", 1)
    file = tmp_path / "late" / "beer.db"
    engine = create_engine(f"sqlite:///{file}")
    writer = WriteBehind(engine)
    writer.start()
    said: list[str] = []
    writer.put("ipa", "glazed")
    wait_until(lambda: said.append(capsys.readouterr().out) or "orders lost: 1," in "".join(said))
    file.parent.mkdir()
    writer.put("bock", "plain")
    writer.put("bock", "plain")
    writer.close()
    with engine.connect() as connection:
        assert connection.execute(select(served)).fetchall() == [("bock", "plain", 2)]
    engine.dispose()
