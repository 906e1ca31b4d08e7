"""Retention: the oldest are dropped, by number and by age, and never all there is."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from collector.store import group_commit
from tests.collector.chunks import chunk, span_ids, trace_ids, wait_until
from tests.collector.conftest import collecting


def test_the_oldest_are_dropped_when_there_are_too_many(tmp_path: Path) -> None:
    with collecting(tmp_path, max_spans=800) as store:
        for trace in range(1, 2001):
            store.add([chunk(trace, 1)])
        wait_until(lambda: store.totals().spans <= 800)
        totals = store.totals()
        assert 700 <= totals.spans <= 800
        assert totals.spans + totals.dropped_spans == 2000
        assert trace_ids(store) == set(range(2001 - totals.spans, 2001))
        assert store.find(f"{1:032x}") is None
        wait_until(lambda: len(list(tmp_path.glob("[0-9]*.db"))) == len(store.partitions()) <= 9)
    with collecting(tmp_path, max_spans=800) as store:
        assert trace_ids(store) == set(range(2001 - totals.spans, 2001))


def test_the_oldest_are_dropped_when_they_are_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_IDLE_SECONDS", 0.01)
    with collecting(tmp_path, max_spans=80, max_age=1000) as store:
        for trace in range(1, 25):
            store.add([chunk(trace, 1)])
        wait_until(lambda: len(store.partitions()) == 3)
        first = store.partitions()[-1]
        os.utime(first.path, (time.time() - 2000,) * 2)
        wait_until(lambda: first not in store.partitions())
        assert trace_ids(store) == set(range(11, 25))
        assert not first.path.exists()


def test_spans_expire_even_if_hardly_anything_comes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_IDLE_SECONDS", 0.01)
    with collecting(tmp_path, max_age=0.2) as store:
        store.add([chunk(1, 1)])
        wait_until(lambda: store.totals().spans == 0)
        assert store.totals().dropped_spans == 1


def test_one_large_payload_is_kept_however_small_the_store(tmp_path: Path) -> None:
    with collecting(tmp_path, max_spans=10) as store:
        store.add([chunk(1, *range(1, 101))])
        wait_until(lambda: len(store.partitions()) == 2)
        assert len(span_ids(store, 1)) == 100
