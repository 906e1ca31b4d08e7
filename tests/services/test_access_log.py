"""The access log: both services write to one file, which does not grow for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from services import access_log
from services.access_log import AccessLog
from services.log_file import LogFile


def test_two_that_write_to_one_file_keep_it_within_its_bound_and_lose_nothing_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_log, "MAX_BYTES", 2000)
    monkeypatch.setenv("LOG_DIR", str(tmp_path))
    web, taster = AccessLog("web"), AccessLog("taster")
    for number in range(300):
        (web, taster)[number % 2].write("GET", f"/beers/{number}", 200, "curl")
    web.close()
    taster.close()
    older, newer = (tmp_path / "access.log.1").read_text(), (tmp_path / "access.log").read_text()
    assert len(older) + len(newer) < 5000
    kept = [int(line.split()[3].rpartition("/")[2]) for line in (older + newer).splitlines()]
    assert kept[-20:] == list(range(280, 300))
    assert kept == sorted(kept)


def test_without_a_folder_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOG_DIR", raising=False)
    log = AccessLog("web")
    log.write("GET", "/", 200, "curl")
    log.close()


def test_when_no_new_file_can_be_opened_the_full_one_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_log, "MAX_BYTES", 10)
    monkeypatch.setenv("LOG_DIR", str(tmp_path))
    log = AccessLog("web")
    with monkeypatch.context() as no_file_left:
        no_file_left.setattr(LogFile, "_open", lambda _: (tmp_path / "no" / "folder").open("ab"))
        log.write("GET", "/first", 200, "curl")
        log.write("GET", "/second", 200, "curl")
    log.write("GET", "/third", 200, "curl")
    log.close()
    kept = [line.split()[3] for line in (tmp_path / "access.log.1").read_text().splitlines()]
    assert kept == ["/first", "/second", "/third"]
