"""Whatever a peer sends, it neither forges a line of a log nor reaches a terminal as it is."""

from __future__ import annotations

import io
import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
import requests

from collector import printable as collectors
from collector.analysis.tree import build_tree
from collector.files.waterfall import waterfall
from collector.model import Chunk, Span
from tests.collector.chunks import chunk
from tests.collector.random_spans import v04
from tests.servers import ROOT, Server, running
from tutor import cli, terminal
from tutor.compare import tables
from tutor.compare.attribution import Attribution, Shift
from tutor.load import text_report

EVIL = "\x1b]0;x\x07\x1b[2J\rover\b\x9b31m\u202e\u2028\x85\x0b\nFORGED line\r\nFORGED too"
COPIES = sorted(ROOT.glob("*/printable.py"))

BREAKING = """
import sys
from {module} import {made} as make
import {module}

def made(*arguments, **options):
    made = make(*arguments, **options)
    app = getattr(made, "app", made)
    app.add_url_rule("/break/<text>", "break", broken)
    return made

def broken(text):
    raise ValueError(text)

{module}.{made} = made
sys.exit({module}.main(["--port", "0"]))
"""
"""A server with a route that fails with the text in its path."""

APP = """
from flask import Flask
from services import common_routes, dev_server, waitress_server

app = Flask("app")

@app.get("/break/<text>")
def broken(text):
    raise ValueError(text)

@app.get("/stop/<text>")
def breaks_off(text):
    def parts():
        yield b"begun"
        raise ValueError(text)
    return app.response_class(parts())

common_routes.add_to(app, "web")
"""
"""The same with the servers of the services."""

SERVERS = {
    "collector": BREAKING.format(module="collector.cli", made="Collector"),
    "ui": BREAKING.format(module="ui.__main__", made="create_app"),
    "development": APP + "dev_server.run(app, 'web', 0)",
    "waitress": APP + "waitress_server.run(app, 'web', 0, threads=2)",
}


def is_clean(line: str) -> bool:
    """Return whether a line has nothing but printable characters, and is none of the peer's."""
    return line.isprintable() and not line.startswith("FORGED")


def send(server: Server, request: str) -> None:
    """Send a request as it is, and wait for the end of the answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(request.encode("latin-1", "replace"))
        while connection.recv(65_536):
            pass


@pytest.mark.parametrize("name", SERVERS)
def test_no_request_gets_into_a_log_as_it_is(name: str, tmp_path: Path) -> None:
    env = {"DATA_DIR": str(tmp_path), "LOG_DIR": str(tmp_path), "PORT": "0"}
    path, raw = quote(EVIL), "\x1b[2J\x9b31m\x07"
    with running("-c", SERVERS[name], env=env) as server:
        for line in (
            f"GET /{path}?q={path} HTTP/1.1",
            f"GET /break/{path} HTTP/1.1",
            f"GET /stop/{path} HTTP/1.1",
            f"GET /{raw} HTTP/1.1",
            f"{raw} /ping HTTP/1.1",
            f"GET /ping HTTP/{raw}",
            raw,
        ):
            for agent in (f"agent{raw}", "tab\there \x85"):
                head = f"Host: localhost\r\nUser-Agent: {agent}\r\nConnection: close"
                send(server, f"{line}\r\n{head}\r\n\r\n")
        assert requests.get(f"{server.url}/break/x", timeout=20).status_code == 500
    log = "".join(server.log)
    assert "ValueError" in log
    assert "FORGED line" in log
    access = tmp_path / "access.log"
    log += access.read_text("utf-8") if access.exists() else ""
    assert [line for line in log.split("\n") if not is_clean(line)] == []


@pytest.fixture
def failed() -> Iterator[Callable[[Any], str]]:
    """A function that logs a failure as a copy of `printable.py` has it, and returns the log."""
    before = logging.getLogRecordFactory()
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    log = logging.Logger("of the test")
    log.addHandler(handler)

    def fail(copy: Any) -> str:
        copy.make_logs_printable()
        try:
            try:
                raise KeyError(EVIL)
            except KeyError as first:
                raise OSError(EVIL) from first
        except OSError:
            log.exception("%s: failed", EVIL)
        return out.getvalue()

    yield fail
    logging.setLogRecordFactory(before)


def test_a_traceback_in_a_log_is_indented(failed: Callable[[Any], str]) -> None:
    first, *more = failed(collectors).splitlines()
    assert first.startswith(r"\x1b]0;x\x07\x1b[2J\rover\x08\x9b31m\u202e\u2028\x85\x0b\nFORGED")
    assert all(line.startswith("  ") and line.isprintable() for line in more)
    assert any("OSError: " in line for line in more)
    assert any("in failed" in line or "in fail" in line for line in more)


def test_all_rooms_do_it_alike() -> None:
    assert len(COPIES) == 4
    assert len({path.read_text("utf-8") for path in COPIES}) == 1


@contextmanager
def one_answer(body: bytes, trace_id: str) -> Iterator[str]:
    """Run a server with one answer to everything, whose trace has that id; yield its address."""
    code = f"""
from wsgiref.simple_server import make_server
def app(environ, start):
    start("200 OK", [("traceresponse", "00-{trace_id}-b7ad6b7169203331-01")])
    return [{body!r}]
server = make_server("127.0.0.1", 0, app)
print(f"listening on http://127.0.0.1:{{server.server_port}}", flush=True)
server.serve_forever()
"""
    with running("-c", code) as server:
        yield server.url


def test_get_prints_an_answer_and_its_trace(
    collector_server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in (
        ("COLLECTOR_URL", collector_server.url),
        ("UI_URL", "http://127.0.0.1:8080"),
        ("DATA_DIR", str(tmp_path)),
        ("MINE_DIR", str(tmp_path)),
    ):
        monkeypatch.setenv(name, value)
    trace_id = 0xE717
    spans = [
        msgspec.structs.replace(span, name=EVIL, service=EVIL, resource=EVIL)
        for span in chunk(trace_id, 1, 2, 3).spans
    ]
    body = v04([Chunk(f"{trace_id:032x}", spans)])
    headers = {"Content-Type": "application/msgpack"}
    requests.put(f"{collector_server.url}/v0.4/traces", body, headers=headers, timeout=20)
    with one_answer(EVIL.encode(), f"{trace_id:032x}") as url:
        assert cli.main(["get", url]) == 0
    shown = capsys.readouterr().out
    assert "3 spans in" in shown
    answer, trace = shown.split("\nTrace: ")
    assert [line for line in shown.split("\n") if not line.isprintable()] == []
    assert [line for line in trace.split("\n") if not is_clean(line)] == []
    assert r"\x1b[2J" in answer


def test_an_answer_that_is_none_is_a_clean_message(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"\x1b[2J\x9b31m nonsense\r\n\r\n")

        threading.Thread(target=answer).start()
        assert cli.main(["get", f"http://127.0.0.1:{server.getsockname()[1]}/"]) == 3
    assert [line for line in capsys.readouterr().err.split("\n") if not line.isprintable()] == []


def test_logs_prints_what_others_have_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "web.log").write_bytes(f"{EVIL}\n".encode() + b"\xff\x1b[2J\n")
    assert cli.main(["logs"]) == 0
    assert all(
        line.isprintable() and line.startswith("web  ")
        for line in capsys.readouterr().out.splitlines()
    )


def test_the_report_of_a_load_run_names_routes_and_errors() -> None:
    figures = {"requests": 1, "throughput": 1.0, "failed": 1, "planted": 1}
    figures |= dict.fromkeys(("p50", "p95", "p99", "max"), 1e6)
    run = {
        "number": 7,
        "state": "finished",
        "seconds": 1.0,
        "deploys": [{"version": EVIL}],
        "dials": {EVIL: {"value": 1, "default": 2}},
        "load": {"users": 1, "shape": EVIL, "mode": "closed", "think": 1.0, "wave": None},
        "routes": [{"name": EVIL, **figures}],
        "total": {"name": "", **figures},
        "levels": [],
        "timeline": [],
        "errors": [{"count": 1, "name": EVIL, "error": EVIL, "trace_id": EVIL}],
        "slowest": [{"duration": 1, "waited": 0, "name": EVIL, "planted": "", "trace_id": EVIL}],
        "unsent": 0,
    }
    shown = "\n".join([text_report.heading(run), *text_report.report(run, "http://ui", False)])
    assert shown.count("FORGED") > 8
    assert [line for line in shown.split("\n") if not is_clean(line)] == []


def test_a_comparison_names_operations() -> None:
    attribution = Attribution(1.0, 2.0, (1.0, 1.0), [Shift(EVIL, 1.0, (1.0, 1.0))], 0.0, 0)
    shown = "\n".join(
        [*tables.attributed(attribution, "One visitor"), tables.in_one_line("step-1", attribution)]
    )
    assert shown.count("FORGED") == 4
    assert [line for line in shown.split("\n") if not is_clean(line)] == []


def test_a_waterfall_has_a_line_for_each_span_and_no_more() -> None:
    tree = build_tree([Span(number, 0, EVIL, EVIL, EVIL, EVIL, 0, 1, 1) for number in (1, 2)])
    for line in waterfall(tree, fold=False):
        assert is_clean(line)


class Terminal(io.StringIO):
    """A terminal that can show colours."""

    def isatty(self) -> bool:
        return True


def test_our_own_colours_get_to_the_terminal_and_nobody_elses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    with terminal.printable_output():
        print(terminal.paint("beer", "cyan"), "\x1b[36mdonut\x1b[0m\t\x07")
        terminal.StatusLine().show("work \x1b[2J")
        stolen = terminal.paint("x", "red").partition("x")[0].replace("31", "5")
        print(stolen, "\x00")
    shown = screen.getvalue()
    assert shown.startswith("\x1b[36mbeer\x1b[0m \\x1b[36mdonut\\x1b[0m\t\\x07\n")
    assert "\r\x1b[2Kwork \\x1b[2J" in shown
    assert sys.stdout is screen
