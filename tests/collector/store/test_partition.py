"""A partition takes its sidecar files with it when it goes, and nothing else."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import IO

import pytest

from collector.store.partition import Partition


def _open_sidecar(path: Path, mark: int) -> IO[str]:
    file = path.open("a")
    file.write(str(mark))
    return file


def test_a_sidecar_is_opened_once_and_goes_with_its_partition(tmp_path: Path) -> None:
    partition, other = (Partition.create(tmp_path / f"00000{number}.db") for number in (1, 2))
    sidecar = partition.sidecar(".notes", _open_sidecar)
    assert partition.sidecar(".notes", _open_sidecar) is sidecar
    other.sidecar(".notes", _open_sidecar)
    (tmp_path / "000001.db.1763640000.broken").write_text("for somebody to inspect")
    partition.delete()
    assert sidecar.closed
    with pytest.raises(sqlite3.Error):
        partition.sidecar(".notes", _open_sidecar)
    other.close()
    assert {path.name for path in tmp_path.iterdir()} >= {"000001.db.1763640000.broken"}
    assert {path.stem for path in tmp_path.iterdir()} == {"000001.db.1763640000", "000002"}
    assert (tmp_path / "000002.notes").read_text() == str(other.mark)
    assert other.mark != partition.mark
