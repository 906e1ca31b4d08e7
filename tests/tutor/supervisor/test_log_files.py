"""Log files: bounded, and readable from the end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tutor.supervisor.tiny_service import eventually
from tutor import cli
from tutor.commands import logs
from tutor.supervisor import log_files
from tutor.supervisor.log_files import LogKeeper, last_lines, say, say_in, trim
from tutor.supervisor.service import Service
from tutor.supervisor.stack import logs_of


def test_a_log_that_outgrew_its_limit_is_moved_aside_under_its_writer(tmp_path):
    path = tmp_path / "web.log"
    with path.open("ab") as writer:
        writer.write(b"old\n" * 10)
        writer.flush()
        trim(path, max_bytes=30)
        writer.write(b"new\n")
    assert path.read_bytes() == b"new\n"
    assert (tmp_path / "web.log.1").read_bytes() == b"old\n" * 7


def test_of_a_large_one_whole_lines_from_the_end_are_kept(tmp_path):
    path = tmp_path / "web.log"
    path.write_bytes(b"".join(b"line %d\n" % number for number in range(1000)))
    trim(path, max_bytes=50)
    kept = (tmp_path / "web.log.1").read_bytes()
    assert len(kept) <= 50
    assert kept.splitlines()[0].startswith(b"line ")
    assert kept.endswith(b"line 999\n")


def test_one_that_cannot_be_copied_is_emptied_all_the_same(tmp_path):
    (tmp_path / "web.log.1").mkdir()  # as good as a full disk
    path = tmp_path / "web.log"
    path.write_bytes(b"old\n" * 10)
    trim(path, max_bytes=30)
    assert path.read_bytes() == b""


def test_one_whose_writer_goes_on_where_it_was_is_emptied_once(tmp_path):
    path = tmp_path / "timing.log"
    with path.open("wb") as writer:  # not for appending
        writer.write(b"x" * 1_000_000)
        writer.flush()
        trim(path, max_bytes=500_000)
        (tmp_path / "timing.log.1").unlink()
        writer.write(b"new\n")
        writer.flush()
        trim(path, max_bytes=500_000)
    assert not (tmp_path / "timing.log.1").exists()


def test_logs_are_bounded_while_a_process_writes_100_mb(tmp_path, monkeypatch):
    monkeypatch.setattr(log_files, "MAX_BYTES", 1_000_000)
    monkeypatch.setattr(log_files, "CHECK_S", 0.01)
    path = tmp_path / "collector.log"
    keeper = LogKeeper(lambda: list(tmp_path.glob("*.log")))
    keeper.start()
    with path.open("ab") as log:
        program = "for _ in range(1000): print('x' * 99_999)"
        subprocess.run([sys.executable, "-c", program], stdout=log, check=True)
    keeper.stop()
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 2_000_000


def test_a_folder_that_goes_does_not_end_the_keeper(tmp_path, monkeypatch):
    monkeypatch.setattr(log_files, "CHECK_S", 0.01)
    folder = tmp_path / "logs"
    looked = []

    def find():
        looked.append(1)
        if len(looked) < 3:
            raise FileNotFoundError(folder)
        return []

    keeper = LogKeeper(find)
    keeper.start()
    eventually(lambda: len(looked) > 5)
    keeper.stop()


def test_whose_logs_are_bounded(tmp_path):
    logs, mine = tmp_path / "logs", tmp_path / "mine"
    for path in (logs / "web.log", logs / "supervisor.log", mine / "timing.log", mine / "my.log"):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    web = Service("web", ("true",), 1, {"LOG_DIR": str(mine)})
    found = {str(path.relative_to(tmp_path)) for path in logs_of([web], logs)}
    assert found == {"logs/web.log", "logs/supervisor.log", "mine/timing.log"}


def test_a_small_one_stays(tmp_path):
    path = tmp_path / "web.log"
    path.write_text("line\n")
    trim(path)
    trim(tmp_path / "none.log")
    assert path.read_text() == "line\n"
    assert list(tmp_path.iterdir()) == [path]


def test_telling_never_raises(tmp_path, monkeypatch):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        say("nobody hears it")
    say("the stream is closed by now")
    monkeypatch.setattr(sys, "stdout", None)
    say("there is no stream")
    say_in(Path("/dev/full"), "nobody hears it")
    say_in(tmp_path / "none.log", "nobody hears it")
    assert not (tmp_path / "none.log").exists()


def test_last_lines(tmp_path):
    path = tmp_path / "web.log"
    path.write_text("before\none\ntwo\nthree\n")
    assert last_lines(path, 2) == ["two", "three"]
    assert last_lines(path, 9, start=len("before\n")) == ["one", "two", "three"]
    assert last_lines(path, 9, start=10_000) == ["before", "one", "two", "three"]  # was emptied
    assert last_lines(tmp_path / "none.log", 2) == []


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "web.log").write_text("a line of web\n")
    (folder / "ui.log").write_text("a line of ui\n")
    return folder


def test_logs_of_all_and_of_one(written, capsys):
    assert cli.main(["logs"]) == 0
    assert capsys.readouterr().out == "ui         a line of ui\nweb        a line of web\n"
    assert cli.main(["logs", "web"]) == 0
    assert capsys.readouterr().out == "web        a line of web\n"


def test_logs_of_an_unknown_process(written, capsys):
    assert cli.main(["logs", "beer"]) == 2
    assert "Logs: ui, web" in capsys.readouterr().err


def test_logs_before_anything_was_started(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "none"))
    assert cli.main(["logs"]) == 3
    assert "./workshop up" in capsys.readouterr().out


def test_following_prints_whole_lines_once(written, capsys):
    path = written / "web.log"
    seen = path.stat().st_size
    with path.open("a") as writer:
        writer.write("second\nthi")
    seen = logs.print_new("web", path, seen)
    with path.open("a") as writer:
        writer.write("rd\n")
    seen = logs.print_new("web", path, seen)
    path.write_text("again\n")  # emptied by `trim`
    logs.print_new("web", path, seen)
    assert capsys.readouterr().out.split("\n") == [
        "web        second",
        "web        third",
        "web        again",
        "",
    ]
