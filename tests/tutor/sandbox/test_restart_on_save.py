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
from tutor.errors import NotReadyError
from tutor.sandbox import reload_state
from tutor.sandbox.app_code import AppCode

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
