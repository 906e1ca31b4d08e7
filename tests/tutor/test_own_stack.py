"""Commands talk to this folder's own stack, and to nothing else that has its ports."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.stranger import Stranger
from tests.tutor.supervisor.tiny_service import tiny_service
from tutor import http
from tutor.cli import main
from tutor.commands import get, load
from tutor.errors import Exit
from tutor.paths import data_dir, mine_dir, state_file
from tutor.ports import any_free
from tutor.sandbox import hanging, target, whereabouts
from tutor.supervisor import client, state
from tutor.supervisor.own_stack import address
from tutor.supervisor.plan import DEFAULT_PORTS
from tutor.supervisor.process import ProcessId
from tutor.supervisor.service import Service
from tutor.supervisor.state import ProcessState, StackState
from tutor.terminal import StatusLine

SERVERS = ("web", "taster", "collector", "ui")


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with Stranger.listening() as server:
        yield server


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Folders of the test's own, in which nothing is left running."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MINE_DIR", str(tmp_path / "mine"))
    for name in (*SERVERS, "redis"):
        monkeypatch.delenv(f"{name.upper()}_URL", raising=False)
    yield
    left = state.read(state_file())
    if left and left.supervisor.pid != os.getpid():
        client.stop(left)


COMMANDS = ("get /beers", "load --run-time 1s", "open", "check 2", "compare 6 7")


@pytest.mark.parametrize("command", COMMANDS[:-1])  # to compare needs no stack
def test_with_the_stack_down_nobody_asks_a_stranger_on_its_ports(
    command, stranger, monkeypatch, capsys
):
    for name in SERVERS:
        monkeypatch.setitem(DEFAULT_PORTS, name, stranger.server_port)
    main(["start"])
    assert main(command.split()) == Exit.NOT_READY
    printed = capsys.readouterr()
    assert "not running. Start it: ./workshop up" in printed.out + printed.err
    assert "stranger" not in printed.out
    assert stranger.asked == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_stranger_in_the_place_of_a_process_is_not_taken_for_it(command, stranger, capsys):
    main(["start"])
    stranger_has_the_ports(stranger)
    assert main(command.split()) == Exit.NOT_READY
    printed = capsys.readouterr()
    there = f"what answers at {stranger.url} is another program, not this stack"
    assert there in printed.out + printed.err
    assert set(stranger.asked) == {"/ping"}


def test_status_names_a_stranger(stranger, capsys):
    stranger_has_the_ports(stranger)
    assert main(["status"]) == Exit.GOOD
    printed = capsys.readouterr().out
    assert printed.count("not answering: what answers at") == len(SERVERS)
    assert set(stranger.asked) == {"/ping"}


def stranger_has_the_ports(stranger: Stranger) -> None:
    """Write the state of a stack that is running, but not at the addresses it believes to have."""
    me = ProcessId.of(os.getpid())
    log = str(state_file().with_name("some.log"))
    processes = [ProcessState(name, "running", stranger.url, log, me) for name in SERVERS]
    state_file().parent.mkdir()
    running = StackState(me, 0, "running", processes, "mine/", id="0123")
    state.write_if_changed(state_file(), running, None)


WEB = """\
import os, signal, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

def stumble():
    while not os.path.exists(os.environ["DATA_DIR"] + "/enough"):
        time.sleep(0.01)

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/slow":
            stumble()
        self.send_response(200)
        self.send_header("Workshop-Stack", os.environ["STACK_ID"])
        self.end_headers()
        self.wfile.write(b"first answer")

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
time.sleep(0.5)
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


@pytest.fixture
def web() -> Path:
    """The learner's web.py, which runs and takes a moment to start."""
    file = mine_dir() / "web.py"
    file.parent.mkdir()
    file.write_text(WEB)
    client.start([learners("web"), tiny_service("ui")], None, lambda _: None, "mine/")
    return file


def learners(name: str) -> Service:
    """A service that runs a file of the learner's."""
    port = any_free()
    command = (
        sys.executable,
        "-m",
        "tutor.sandbox.restart_on_save",
        str(mine_dir() / f"{name}.py"),
    )
    return Service(name, command, port, {"PORT": str(port)})


def test_get_waits_until_what_was_saved_runs(web, capsys):
    assert main(["get", "/beers"]) == Exit.GOOD
    assert "first answer" in capsys.readouterr().out
    web.write_text(WEB.replace("first answer", "second one"))
    assert main(["get", "/beers"]) == Exit.GOOD
    assert "second one" in capsys.readouterr().out


def test_get_says_where_the_code_hangs_and_waits_on(web, monkeypatch, capsys):
    monkeypatch.setattr(hanging, "HANG_S", 0.2)
    monkeypatch.setattr(get, "note", lambda text: (notes.append(text), enough.touch()))
    notes, enough = [], state_file().with_name("enough")
    assert main(["get", "/slow"]) == Exit.GOOD
    (said,) = notes
    assert said.startswith(f"{web}:")
    assert "the code hangs: after 0.2 s it is still in `stumble`, at the line below" in said
    assert "first answer" in capsys.readouterr().out


def test_load_says_once_where_the_code_hangs_if_nobody_is_answered(web, capsys):
    progress, enough = load.Progress(StatusLine()), state_file().with_name("enough")
    total = {"requests": 0, "throughput": 0, "p50": None, "p95": None, "failed": 0}
    run = {"total": total, "seconds": 12.5, "timeline": [], "load": {"run_time": 30}}
    with ThreadPoolExecutor(1) as pool:
        pool.submit(http.get, f"{address('web')}/slow")
        while not whereabouts.ask(web.parent, "web"):
            pass
        progress({**run, "seconds": 5})
        assert "hangs" not in capsys.readouterr().err
        progress(run)
        progress(run)
        enough.touch()
    (said,) = (line for line in capsys.readouterr().err.splitlines() if "hangs" in line)
    assert said.startswith(f"Note: {web}:")
    assert "the code hangs: after 12.5 s it is still in `stumble`" in said


@pytest.mark.parametrize("url", ["", "postgresql:///beer"])
def test_the_database_to_ask_is_the_one_that_web_was_started_with(web, monkeypatch, url):
    monkeypatch.setenv("DATABASE_URL", url)
    client.stop(client.current())
    client.start([learners("web")], None, lambda _: None, "mine/")
    monkeypatch.setenv("DATABASE_URL", "" if url else "sqlite://")
    assert target._own_database(client.current()) == (None if url else data_dir() / "beer.db")


def test_status_says_why_a_service_does_not_run(web, capsys):
    web.write_text("import os\n\ndef pair(:\n")
    main(["get", "/beers"])
    assert "503" in capsys.readouterr().out
    assert main(["status"]) == Exit.GOOD
    printed = capsys.readouterr().out
    assert " web        not well " in printed
    assert f"not answering: SyntaxError: invalid syntax ({web}:3)\n" in printed
    assert " ui         running " in printed


def test_status_waits_for_a_restart(web, capsys):
    main(["get", "/beers"])
    web.write_text(f"{WEB}\n")
    time.sleep(0.3)  # the old one has gone, and the new one is not there yet
    assert main(["status"]) == Exit.GOOD
    printed = capsys.readouterr().out
    assert " web        running " in printed
    assert "not answering" not in printed


def test_status_names_only_the_service_that_does_not_run(capsys):
    for name, text in (("web", WEB.replace("class", "clash")), ("taster", WEB)):
        mine_dir().mkdir(exist_ok=True)
        (mine_dir() / f"{name}.py").write_text(text)
    client.start([learners("web"), learners("taster")], None, lambda _: None, "mine/")
    assert main(["status"]) == Exit.GOOD
    printed = capsys.readouterr().out
    assert " web        not well " in printed
    assert " taster     running " in printed
    assert printed.count("not answering: SyntaxError") == 1


def test_status_says_what_a_service_that_hangs_printed_last(monkeypatch, capsys):
    monkeypatch.setattr("tutor.commands.status.ANSWER_TIMEOUT_S", 0.2)
    running = client.start([tiny_service("web")], None, lambda _: None)
    main(["get", "/beers"])
    member = running.processes[0]
    assert member.process is not None
    os.kill(member.process.pid, signal.SIGSTOP)
    main(["status"])
    os.kill(member.process.pid, signal.SIGCONT)
    silence = f"no answer from {member.url}/ping within 0.2 s"
    assert f"not answering: {silence}; its log ends: " in capsys.readouterr().out
