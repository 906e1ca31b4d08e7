"""A folder that was deleted and made again by another collector is left to that one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from collector.http.app import Collector
from collector.store import group_commit
from collector.store.group_commit import CannotWriteError
from collector.store.sqlite import Store
from tests.collector.chunks import chunk, trace_ids
from tests.collector.stores import collecting
from tests.waiting import wait_until


def _files(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in folder.iterdir()}


def test_two_collectors_in_turn_keep_their_hands_off_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_IDLE_SECONDS", 60)  # else the first may be back in time
    done: list[None] = []
    upkeep = Store._maintain
    monkeypatch.setattr(Store, "_maintain", lambda store: done.append(upkeep(store)))
    folder = tmp_path / "traces"
    first = Store(folder)
    collector = Collector(first)
    first.add([chunk(1, 1)])
    wait_until(lambda: done)  # what it writes later would lie in the folder of the second
    shutil.rmtree(folder)
    with collecting(folder) as second:
        monkeypatch.setattr(group_commit, "_IDLE_SECONDS", 0.01)
        second.add([chunk(2, 1)])
        before = _files(folder)
        with pytest.raises(CannotWriteError, match="no longer this collector's"):
            first.add([chunk(3, 1)])
        client = collector.app.test_client()
        assert client.get("/ping").status_code == 503
        assert "no longer this collector's" in client.get("/ping").text
        assert "no longer this collector's" in client.get("/stats").json["problems"][0]
        collector.live.close()
        first.close()
        assert _files(folder) == before
        second.add([chunk(4, 1)])
        assert trace_ids(second) == {2, 4}
    with collecting(folder) as third:
        assert trace_ids(third) == {2, 4}


def test_a_deleted_lock_is_made_again(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        store.add([chunk(1, 1)])
        (tmp_path / "lock").unlink()
        store.add([chunk(2, 1)])
        assert trace_ids(store) == {1, 2}
        with pytest.raises(Exception, match="another collector"), collecting(tmp_path):
            pass
