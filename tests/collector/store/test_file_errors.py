"""A file that cannot be used for the moment is left alone, and the reason and cure are told."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from collector.http.app import Collector
from collector.store import schema
from collector.store.file_errors import CannotOpenError, is_damage
from collector.store.sqlite import Store
from tests.collector.chunks import chunk, trace_ids
from tests.collector.open_files import no_more_open_files
from tests.collector.stores import collecting

FILES = ("000001.db", "000002.db", "catalog.db")
NOBODY = 65534


@contextmanager
def _ordinary_user() -> Iterator[None]:
    """Have an ordinary user's rights for the length of a `with` block: root may read anything.

    Nothing may be imported meanwhile: Python remembers which folders it could not read.
    """
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with two partitions that belongs to an ordinary user."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name, "traces")
        with collecting(folder, max_spans=80) as store:
            for trace in range(1, 16):
                store.add([chunk(trace, 1)])
        if os.geteuid() == 0:
            for path in (Path(name), folder, *folder.iterdir()):
                os.chown(path, NOBODY, -1)
        yield folder


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm"))}


@contextmanager
def _unreadable(path: Path) -> Iterator[str]:
    path.chmod(0)
    yield "Permission denied"
    path.chmod(0o600)


@contextmanager
def _read_only(path: Path) -> Iterator[str]:
    path.chmod(0o400)
    yield "Permission denied"
    path.chmod(0o600)


@contextmanager
def _folder_in_the_way(path: Path) -> Iterator[str]:
    aside = path.with_name("aside")
    path.rename(aside)
    path.mkdir()
    yield "a folder is in the way"
    path.rmdir()
    aside.rename(path)


@contextmanager
def _another_version(path: Path) -> Iterator[str]:
    _set_version(path, 99)
    yield "version 99"
    _set_version(path, schema.VERSION)


def _set_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("fault", [_unreadable, _read_only, _folder_in_the_way, _another_version])
def test_what_is_over_tomorrow_changes_nothing(
    folder: Path, file: str, fault: Callable[[Path], object]
) -> None:
    if (file, fault) == ("catalog.db", _another_version):
        pytest.skip("the catalog has no versions")
    before = _names(folder)
    with fault(folder / file) as reason:  # type: ignore[attr-defined]
        with _ordinary_user(), pytest.raises(CannotOpenError, match=reason) as raised:
            Store(folder)
        assert file in str(raised.value)
        assert "--data" in str(raised.value)
    assert _names(folder) == before
    with collecting(folder, max_spans=80) as store:
        assert trace_ids(store) == {*range(1, 16)}


def test_too_many_open_files_change_nothing(folder: Path) -> None:
    before = _names(folder)
    with no_more_open_files(left=5), pytest.raises(CannotOpenError, match="ulimit"):
        Store(folder)
    assert _names(folder) == before
    with collecting(folder, max_spans=80) as store:
        assert trace_ids(store) == {*range(1, 16)}


@pytest.mark.parametrize(
    ("error", "damage"),
    [
        (sqlite3.DatabaseError("database disk image is malformed"), True),
        (sqlite3.DatabaseError("file is not a database"), True),
        (sqlite3.OperationalError("database is locked"), False),
        (sqlite3.OperationalError("unable to open database file"), False),
        (sqlite3.OperationalError("disk I/O error"), False),
        (sqlite3.OperationalError("attempt to write a readonly database"), False),
        (sqlite3.IntegrityError("UNIQUE constraint failed"), False),
        (OSError(errno.ENOSPC, "No space left on device"), False),
    ],
)
def test_only_damage_is_damage(error: Exception, damage: bool) -> None:
    assert is_damage(error) == damage


def test_a_partition_that_cannot_be_read_for_a_moment_is_no_reason_to_deny_its_traces(
    folder: Path,
) -> None:
    with collecting(folder, max_spans=80) as store:
        collector = Collector(store)
        client = collector.app.test_client()
        assert client.get(f"/api/trace/{77:x}").status_code == 404
        idle = store.partitions()[-1].read_connection()
        with idle, no_more_open_files(left=0):
            assert client.get(f"/api/trace/{1:x}").status_code == 503
        assert client.get(f"/api/trace/{1:x}").status_code == 200
        collector.live.close()
