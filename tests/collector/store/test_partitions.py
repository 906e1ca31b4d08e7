"""Retention: the oldest are dropped, by number and by age, and never all there is."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from collector.store import group_commit
from collector.store.sqlite import Store
from tests.collector.chunks import chunk, span_ids, trace_ids
from tests.collector.stores import collecting
from tests.waiting import wait_until

LATER = 5_000 * 10**9
"""Number of a trace that begins so many nanoseconds after the first."""


def test_the_oldest_are_dropped_when_there_are_too_many(tmp_path: Path) -> None:
    with collecting(tmp_path, max_spans=160) as store:
        for trace in range(1, 401):
            store.add([chunk(trace, 1)])
        wait_until(lambda: store.totals().spans <= 160)
        totals = store.totals()
        assert 140 <= totals.spans <= 160
        assert totals.spans + totals.dropped_spans == 400
        assert trace_ids(store) == set(range(401 - totals.spans, 401))
        assert store.find(f"{1:032x}") is None
        wait_until(lambda: len(list(tmp_path.glob("[0-9]*.db"))) == len(store.partitions()) <= 9)
    with collecting(tmp_path, max_spans=160) as store:
        assert trace_ids(store) == set(range(401 - totals.spans, 401))


def test_the_oldest_are_dropped_when_they_are_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(group_commit, "_IDLE_SECONDS", 0.01)
    with collecting(tmp_path, max_spans=80, max_age=1000) as store:
        for trace in (*range(1, 11), *range(LATER, LATER + 15)):
            store.add([chunk(trace, 1)])
        wait_until(lambda: len(store.partitions()) == 3)
        first = store.partitions()[-1]
        os.utime(first.path, (time.time() - 2000,) * 2)
        wait_until(lambda: first not in store.partitions())
        assert trace_ids(store) == set(range(LATER, LATER + 15))
        wait_until(lambda: not first.path.exists())
        assert store.totals().dropped_spans == 10
    told = capsys.readouterr().err
    assert "dropping 000001.db, 10 traces, 10 spans, until 2001-09-09" in told
    assert "it is older than 16.6667 min" in told


def test_a_clock_that_jumps_drops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "_IDLE_SECONDS", 0.01)
    with collecting(tmp_path, max_spans=80, max_age=1000) as store:
        for trace in range(1, 25):
            store.add([chunk(trace, 1)])
    for path in tmp_path.glob("[0-9]*.db"):
        os.utime(path, (time.time() - 8 * 86_400,) * 2)
    with collecting(tmp_path, max_spans=80, max_age=1000) as store:
        _do_upkeep(store)
        assert trace_ids(store) == set(range(1, 25))
        store.add([chunk(LATER, 1)])  # the clients' clocks jumped as well
        _do_upkeep(store)
        assert trace_ids(store) == {*range(1, 25), LATER}


def test_a_client_from_the_future_drops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_IDLE_SECONDS", 0.01)
    century_ns = 100 * 365 * 86_400 * 10**9
    with collecting(tmp_path, max_spans=80, max_age=1e9) as store:
        for trace in (*range(1, 21), century_ns):
            store.add([chunk(trace, 1)])
        _do_upkeep(store)
        assert trace_ids(store) == {*range(1, 21), century_ns}


def _do_upkeep(store: Store) -> None:
    """Return when upkeep was done at least once."""
    began = store._committer._thread._round_began
    wait_until(lambda: store._committer._thread._round_began > began)
    again = store._committer._thread._round_began
    wait_until(lambda: store._committer._thread._round_began > again)


def test_one_large_payload_is_kept_however_small_the_store(tmp_path: Path) -> None:
    with collecting(tmp_path, max_spans=10) as store:
        store.add([chunk(1, *range(1, 101))])
        wait_until(lambda: len(store.partitions()) == 2)
        assert len(span_ids(store, 1)) == 100
