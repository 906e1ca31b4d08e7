"""Opening a sealed partition reads what was written down when it was sealed, not its traces."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from collector.store import partition as partition_module
from collector.store.seal_record import stored_record
from collector.store.sqlite import Store
from tests.collector.chunks import chunk, trace_ids
from tests.collector.stores import collecting
from tests.waiting import wait_until

MAX_SPANS = 800
"""A partition is sealed at a hundred spans."""


def _fill(store: Store) -> None:
    for trace in range(1, 121):
        store.add([chunk(trace, 1)])
    assert store.partitions()[-1].sealed


def test_no_trace_is_read_to_open_a_sealed_partition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collecting(tmp_path, max_spans=MAX_SPANS) as store:
        _fill(store)
        before = store.totals()

    def refuse(_: object) -> None:
        raise AssertionError("all traces were read")

    with monkeypatch.context() as patched:
        patched.setattr(partition_module, "new_record", refuse)
        sealed = partition_module.Partition(tmp_path / "000001.db")
        assert not sealed.checked
        assert sealed.with_lower_half_of(f"{7:032x}") == {f"{7:032x}": 7}
        sealed.close()
    with collecting(tmp_path, max_spans=MAX_SPANS) as store:
        assert store.totals()._replace(bytes=0) == before._replace(bytes=0)
        wait_until(lambda: all(each.checked for each in store.partitions()))
        assert trace_ids(store) == {*range(1, 121)}


def test_what_comes_late_is_counted_after_the_next_start(tmp_path: Path) -> None:
    with collecting(tmp_path, max_spans=MAX_SPANS) as store:
        _fill(store)
        store.add([chunk(1, 2)])  # of the sealed partition
        before = store.totals()
    with closing(sqlite3.connect(tmp_path / "000001.db")) as connection:
        assert stored_record(connection) is None
    with collecting(tmp_path, max_spans=MAX_SPANS) as store:
        assert store.totals()._replace(bytes=0) == before._replace(bytes=0)
    with closing(sqlite3.connect(tmp_path / "000001.db")) as connection:
        record = stored_record(connection)
        assert record
        assert record.totals.spans == 101


def test_traces_that_are_gone_are_noticed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with collecting(tmp_path, max_spans=MAX_SPANS) as store:
        _fill(store)
    with closing(sqlite3.connect(tmp_path / "000001.db")) as connection, connection:
        connection.execute("DELETE FROM trace WHERE id > 90")
    with collecting(tmp_path, max_spans=MAX_SPANS) as store:
        wait_until(lambda: all(each.checked for each in store.partitions()))
        found = [store.find(f"{trace:032x}") is not None for trace in (90, 91, 101)]
    assert found == [True, False, True]
    assert "it does not hold what it held when it was sealed" in capsys.readouterr().err
