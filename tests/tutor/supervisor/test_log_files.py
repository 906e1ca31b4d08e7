"""Log files: bounded, and readable from the end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tutor import cli
from tutor.commands import logs
from tutor.supervisor.log_files import last_lines, say, say_in, trim


def test_a_log_that_outgrew_its_limit_is_moved_aside_under_its_writer(tmp_path):
    path = tmp_path / "web.log"
    with path.open("ab") as writer:
        writer.write(b"old\n" * 10)
        writer.flush()
        trim(path, max_bytes=30)
        writer.write(b"new\n")
    assert path.read_bytes() == b"new\n"
    assert (tmp_path / "web.log.1").read_bytes() == b"old\n" * 10


def test_a_small_one_stays(tmp_path):
    path = tmp_path / "web.log"
    path.write_text("line\n")
    trim(path)
    trim(tmp_path / "none.log")
    assert path.read_text() == "line\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_log_that_cannot_be_moved_aside_stays_and_ends_nobody(tmp_path):
    path = tmp_path / "web.log"
    path.write_text("line\n" * 10)
    (tmp_path / "web.log.1").mkdir()  # as a full disk: nothing can be copied there
    trim(path, max_bytes=30)
    assert path.read_text() == "line\n" * 10


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
