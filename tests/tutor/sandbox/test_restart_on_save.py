"""Reloading the learner's code, with a real process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from tests.servers import ROOT
from tutor import http
from tutor.checks import probe
from tutor.checks.probe import Probe
from tutor.errors import NotReadyError
from tutor.failure import CheckFailed
from tutor.sandbox import reload_state, restart_on_save, whereabouts
from tutor.sandbox.app_code import AppCode
from tutor.sandbox.script import Script
from tutor.sandbox.target import Target
from tutor.stop_request import StopRequest

SERVER = """\
import os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/exit":
            os._exit(7)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"one")

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


class Reloading:
    """A reloading script: what it answers, and saving it."""

    def __init__(self, folder, port):
        self.file = folder / "web.py"
        self.url = f"http://127.0.0.1:{port}"

    def save(self, text):
        self.file.write_text(text)
        reload_state.wait_for_last_save(AppCode(self.file.parent))

    def get(self, path="/"):
        return http.get(self.url + path)


@contextmanager
def started(folder, port, expected=0):
    (folder / "web.py").write_text(SERVER)
    process = subprocess.Popen(
        [sys.executable, "-m", "tutor.sandbox.restart_on_save", str(folder / "web.py")],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), "HOST": "127.0.0.1", "STACK_ID": "0123"},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 20
        while not reload_state.state_file(folder, "web").exists() and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        reload_state.wait_for_last_save(AppCode(folder))
        yield Reloading(folder, port)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == expected
        process.communicate()


@pytest.fixture
def web(tmp_path, free_port):
    with started(tmp_path, free_port) as made:
        yield made
    assert not reload_state.state_file(tmp_path, "web").exists()


def test_a_save_changes_what_runs(web):
    assert web.get().text == "one"
    web.save(SERVER.replace('b"one"', 'b"two"'))  # as long as before, and within the same second
    assert web.get().text == "two"


def test_a_package_that_is_installed_at_last_is_found(tmp_path, free_port, monkeypatch):
    packages, code = tmp_path / "packages", tmp_path / "code"
    code.mkdir()
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(packages)]))
    with started(code, free_port) as web:
        web.save(f"import sommelier\n{SERVER}")
        assert "No module named 'sommelier'" in web.get().text
        fresh = tmp_path / "fresh"
        fresh.mkdir()
        (fresh / "sommelier.py").touch()
        fresh.rename(packages)
        deadline = time.monotonic() + 20
        while not (answer := web_answers(web)) or answer.status != 200 or answer.text != "one":
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_change_that_is_taken_back_at_once_is_waited_for(web):
    slow = "import time\ntime.sleep(30)\n"
    web.file.write_text(slow + SERVER)
    deadline = time.monotonic() + 10
    while web_answers(web):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    web.save(SERVER)
    assert web.get().text == "one"


def web_answers(web):
    try:
        return web.get("/ping")
    except NotReadyError:
        return None


def test_a_file_beside_it_counts_as_well(web):
    (web.file.parent / "helper.py").write_text("word = b'three'\n")
    web.save("from helper import word\n" + SERVER.replace('b"one"', "word"))
    assert web.get().text == "three"
    (web.file.parent / "helper.py").write_text("word = b'four!'\n")
    reload_state.wait_for_last_save(AppCode(web.file.parent))
    assert web.get().text == "four!"


def test_a_mistake_is_shown_on_its_port_and_fixed_by_the_next_save(web):
    web.save("def pair(:\n")
    answer = web.get("/pair/beer")
    assert answer.status == 503
    assert answer.headers["workshop-broken"] == f"{web.file}:1"
    assert "SyntaxError: invalid syntax" in answer.text
    assert "def pair(:" in answer.text
    assert answer.headers["workshop-stack"] == "0123"
    assert web.get("/ping").status == 200
    web.save(SERVER)
    assert web.get().text == "one"


def test_code_that_ends_by_itself_is_shown_with_its_place(web):
    web.save("import os\n\n\ndef broken():\n    return 1 / 0\n\n\nbroken()\n")
    answer = web.get()
    assert answer.headers["workshop-broken"] == f"{web.file}:5"
    assert answer.text.startswith("ZeroDivisionError: division by zero")


def test_code_that_ends_later_is_shown_too(web):
    with pytest.raises(NotReadyError):
        web.get("/exit")
    deadline = time.monotonic() + 10
    while True:
        try:
            answer = web.get()
            break
        except NotReadyError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert "ended by itself, with exit code 7" in answer.text


def test_a_port_that_is_taken_ends_it(tmp_path):
    taken = "import sys\nsys.exit(3)\n"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        (tmp_path / "web.py").write_text(taken)
        done = subprocess.run(
            [sys.executable, "-m", "tutor.sandbox.restart_on_save", str(tmp_path / "web.py")],
            cwd=ROOT,
            env={**os.environ, "PORT": str(listener.getsockname()[1])},
            timeout=20,
        )
    assert done.returncode == 3


HANGING = """\
import threading
import time

lock = threading.Lock()


def spin():
    while True:
        pass


def wait():
    time.sleep(1000)


def deadlock():
    with lock, lock:
        pass


{call}()
"""


STUMBLING = """\
def stumble():
    while True:
        pass


"""


@pytest.fixture
def impatient(monkeypatch):
    """Find out sooner."""
    monkeypatch.setattr(restart_on_save, "HANG_S", 0.3)
    monkeypatch.setattr(restart_on_save, "LOOK_AGAIN_S", 0.1)


@pytest.mark.parametrize(
    ("call", "lines", "text"),
    [
        ("spin", (8, 9), ("while True:", "pass")),
        ("wait", (13,), ("time.sleep(1000)",)),
        ("deadlock", (17,), ("with lock, lock:",)),
    ],
)
def test_code_that_hangs_before_it_listens_is_named_with_its_place(
    impatient, tmp_path, free_port, call, lines, text
):
    web = tmp_path / "web.py"
    web.write_text("import helper\n")
    (tmp_path / "helper.py").write_text(HANGING.format(call=call))
    script = Script(web, free_port)
    stop = StopRequest()
    with pytest.raises(CheckFailed) as failed:
        restart_on_save.run(script, script.code.digest(), stop)
    assert script.has_ended()
    assert failed.value.expected == "code that starts"
    assert f"the code hangs: after 0 s it is still in `{call}`" in failed.value.seen
    assert failed.value.look in [f"{tmp_path}/helper.py:{line}" for line in lines]
    assert failed.value.detail in text


def test_a_request_that_hangs_is_named_with_its_place(web, course, monkeypatch):
    monkeypatch.setattr(probe, "HANG_S", 0.3)
    hanging = SERVER.replace("HTTPServer", "ThreadingHTTPServer")
    hanging = hanging.replace("os._exit(7)", "stumble()")
    web.save(hanging.replace("signal.signal", f"{STUMBLING}signal.signal"))
    folder = web.file.parent
    app = Probe(Target("mine/", folder, folder, web.url, web.url, web.url, web.url), course)
    with pytest.raises(CheckFailed) as failed:
        app.get("/exit")
    assert failed.value.expected == f"an answer from {web.url}/exit within 0.3 s"
    assert failed.value.seen.startswith("the code hangs: after 0.3 s it is still in `stumble`")
    assert failed.value.look.startswith(f"{web.file}:")
    assert failed.value.detail in ("while True:", "pass")
    assert app.get("/").text == "one", "all else goes on"
    assert {path.name for path in folder.glob(".web.*")} == {".web.running"}


def test_nobody_says_where_a_script_is_that_nobody_runs(tmp_path):
    assert whereabouts.ask(tmp_path, "web") == []


def test_a_script_finds_what_it_finds_when_it_is_run_alone(tmp_path, free_port, capfd):
    web = tmp_path / "web.py"
    names = "sys.argv[0], __name__, __file__, sys.path[0]"
    web.write_text(f"import sys\nprint({names}, file=sys.stderr)\nos.getcwd()\n")
    script = Script(web, free_port)
    script.start()
    while not script.has_ended():
        time.sleep(0.02)
    failure = script.failure(has_answered=False)
    script.stop()
    assert failure.seen.startswith("NameError: name 'os' is not defined")
    assert failure.look == f"{web}:3"
    printed = capfd.readouterr().err
    assert printed.startswith(f"{web} __main__ {web} {tmp_path}\nTraceback (most recent call last")
    assert printed.count("File") == 1, "no line of what runs it"
