"""`python -m ui` as a process."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.servers import ROOT, Server, running


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m ui` to its end."""
    command = [sys.executable, "-m", "ui", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_and_stops_at_once_with_live_streams_open(
    stored: Server, number: signal.Signals
) -> None:
    with running("-m", "ui", "--port", "0", env={"COLLECTOR_URL": stored.url}) as server:
        with urllib.request.urlopen(f"{server.url}/ping", timeout=5) as answer:
            assert answer.status == 200
        with urllib.request.urlopen(f"{server.url}/api/live", timeout=5) as stream:
            assert stream.readline().startswith(b"event:")
            before = time.monotonic()
            server.process.send_signal(number)
            assert server.process.wait(10) == 0
            assert time.monotonic() - before < 4
        assert not [line for line in server.log if "Traceback" in line]


def test_nobody_waits_for_a_body_that_does_not_come(stored: Server) -> None:
    with running("-m", "ui", "--port", "0", env={"COLLECTOR_URL": stored.url}) as server:
        request = urllib.request.Request(f"{server.url}/ping", headers={"Expect": "100-continue"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200


def test_a_taken_port_is_one_line_and_exit_3() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("--port", str(port))
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert str(port) in done.stderr


def test_an_invalid_collector_url_is_one_line_and_exit_2() -> None:
    done = run("--collector", "localhost")
    assert done.returncode == 2
    assert "http://127.0.0.1:8126" in done.stderr


def test_help_has_examples() -> None:
    assert "examples:" in run("--help").stdout
