"""`./workshop challenge` as it is typed: a build starts, runs in the background, and stops."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.servers import ROOT, Server
from tutor import cli, http
from tutor.challenge import running
from tutor.collector import Collector
from tutor.errors import NotReadyError
from tutor.ports import any_free

QUICK = "3"
"""The build whose guests are served soonest."""


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collector_server: Server) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLLECTOR_URL", collector_server.url)
    monkeypatch.setenv("UI_URL", "http://127.0.0.1:8080")  # for links; nobody follows them
    return tmp_path


def test_a_build_starts_and_answers_until_it_is_stopped(capsys, collector_server):
    try:
        assert cli.main(["challenge", "start", QUICK]) == 0
        build = running.current()
        assert build is not None
        printed = capsys.readouterr().out
        assert build.web in printed
        assert "version:challenge-3" in printed
        assert Collector(collector_server.url).summary("version:challenge-3")["traces"] >= 13
        assert http.get(f"{build.web}/beers/ipa").status == 200
        cli.main(["challenge"])
        assert f"running at {build.web}" in capsys.readouterr().out
    finally:
        assert cli.main(["down"]) == 0
    assert "Build 3 of the challenge has stopped" in capsys.readouterr().out
    assert running.current() is None
    assert not any(process.is_alive() for process in [build.host, *build.processes])
    assert cli.main(["challenge", "stop"]) == 0
    assert "No build is running" in capsys.readouterr().out


def test_an_interrupted_start_leaves_nothing_running():
    process = subprocess.Popen(
        [sys.executable, "-m", "tutor", "challenge", "start", QUICK], cwd=ROOT
    )
    started: list[psutil.Process] = []
    while len(started) < 2:  # the host, and the first that it has started
        assert process.poll() is None
        time.sleep(0.02)
        started = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert psutil.wait_procs(started, timeout=10)[1] == []
    assert not running.state_file().exists()


def test_without_a_stack_it_says_so(monkeypatch, capsys):
    monkeypatch.setenv("COLLECTOR_URL", f"http://127.0.0.1:{any_free()}")
    assert cli.main(["challenge", "start", "1"]) == 3
    assert "./workshop up" in capsys.readouterr().err
    assert running.current() is None


def test_a_build_that_does_not_start_says_why(monkeypatch, data):
    monkeypatch.setattr("tutor.supervisor.background_process.sys.executable", "/bin/false")
    with pytest.raises(NotReadyError, match="without a word"):
        running.start(1, {}, lambda _: None)


def test_hints_are_counted_and_the_last_one_is_repeated(capsys):
    for _ in range(4):
        assert cli.main(["challenge", "hint", "2"]) == 0
    printed = capsys.readouterr().out
    assert [printed.count(f"hint {number} of 3") for number in (1, 2, 3)] == [1, 1, 2]
    cli.main(["challenge"])
    assert "4 hints" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("what", "complaint"),
    [
        (["start", "9"], "no build '9'"),
        (["answer", "1", "--operation", "x", "--cause", "bad luck", "--trace", "1"], "bad luck"),
    ],
)
def test_what_does_not_exist_is_refused(what, complaint, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["challenge", *what])
    assert exit_.value.code == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("trace", "complaint"),
    [
        ("0af7", "which span"),
        ("http://localhost:8080/trace/nonsense?span=1", "not the id of a trace"),
        ("http://localhost:8080/trace/0af7?span=7", "no trace 0af7"),
    ],
)
def test_evidence_that_is_none_is_refused(trace, complaint, capsys):
    answer = ["answer", "1", "--operation", "x", "--cause", "race", "--trace", trace]
    assert cli.main(["challenge", *answer]) == 2
    assert complaint in capsys.readouterr().err
