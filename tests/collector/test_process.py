"""The collector as a process: what it prints, how it ends, and that a kill loses nothing."""

from __future__ import annotations

import http.client
import json
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.collector.chunks import START
from tests.servers import ROOT, running


def test_it_ends_cleanly_when_asked(tmp_path: Path) -> None:
    with (
        running("-m", "collector", "--port", "0", "--data", str(tmp_path)) as server,
        _connection(server.port) as watcher,
    ):
        watcher.request("GET", "/ping")
        assert watcher.getresponse().read() == b"ok"
        watcher.request("GET", "/api/live")
        stream = watcher.getresponse()
        assert stream.readline() == b"event: stats\n"
        begin = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 0
        assert time.monotonic() - begin < 4
        stream.close()
    assert server.log == [f"collector listening on {server.url}\n"]


def test_a_taken_port_and_a_taken_folder_are_named(tmp_path: Path) -> None:
    with running("-m", "collector", "--port", "0", "--data", str(tmp_path)) as server:
        code, output = _run("--port", str(server.port), "--data", str(tmp_path / "other"))
        assert code == 3
        assert f"port {server.port}" in output
        assert output.count("\n") == 1
        code, output = _run("--port", "0", "--data", str(tmp_path))
        assert code == 4
        assert "another collector" in output
        assert output.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--max-age", "soon"], "90m, 12h or 7d"),
        (["--max-age=-3d"], "more than 0"),
        (["--tail-wait", "soon"], "'soon' is not a time; write 5s"),
        (["--tail-wait", "6m"], "not be more than 300s"),
        (["--audit", "/nowhere.rules"], "/nowhere.rules: No such file"),
        (["--audit", "setup.py"], "setup.py: line 1: "),
        (["--max-spans", "0"], "from 1 to"),
        (["--max-spans", "many"], "not a whole number"),
        (["--receivers", "0"], "'0' is not a whole number from 1 to 64"),
        (["--receivers", "2", "--store", "clickhouse://db/tracing"], "start more collectors"),
        (["--port", "70000"], "65535"),
        (["--open", "most"], "'most' is not one of true, false, any"),
        (["--forward", "otlp"], "target 1 is not written FORMAT=ADDRESS"),
        (["--data", "/proc/nowhere"], "choose another folder with --data"),
    ],
)
def test_a_wrong_option_is_explained_in_a_line(arguments: list[str], problem: str) -> None:
    code, output = _run("--port", "0", *arguments)
    assert code in (2, 4)
    assert problem in output.splitlines()[-1]
    assert "Traceback" not in output


def test_a_start_on_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    def have_no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    code, output = _run("--port", "0", "--data", str(tmp_path), preexec_fn=have_no_room)
    assert code == 4
    assert "free some space" in output
    assert output.count("\n") == 1


def test_help_has_examples() -> None:
    code, output = _run("--help")
    assert code == 0
    for word in ("examples:", "--max-spans", "--max-age", "--data", "DATA_DIR"):
        assert word in output


@pytest.mark.parametrize("lifetime", [0.2, 0.5, 1.0])
def test_killed_while_clients_write_it_loses_nothing_acknowledged(
    tmp_path: Path, lifetime: float
) -> None:
    acknowledged: dict[int, int] = {}
    arguments = ("-m", "collector", "--port", "0", "--data", str(tmp_path), "--max-spans", "40000")
    with running(*arguments) as server:
        senders = [
            threading.Thread(target=_send_until_refused, args=(server.port, n, acknowledged))
            for n in range(6)
        ]
        for sender in senders:
            sender.start()
        time.sleep(lifetime)
        server.process.kill()
        for sender in senders:
            sender.join()
    assert len(acknowledged) > 20
    with running(*arguments) as server, _connection(server.port) as connection:
        for trace_id, spans in acknowledged.items():
            connection.request("GET", f"/api/trace/{trace_id:x}")
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, f"trace {trace_id:x} is lost"
            assert json.loads(body)["spans"] == spans
        connection.request("GET", "/api/traces?limit=1&q=service:web%20batch:*")
        assert json.loads(connection.getresponse().read())["matched"] >= len(acknowledged)


def test_killed_while_ids_get_their_upper_halves_no_trace_is_lost_or_doubled(
    tmp_path: Path,
) -> None:
    traces = range(1, 401)
    arguments = ("-m", "collector", "--port", "0", "--data", str(tmp_path), "--max-spans", "4000")
    acknowledged: list[int] = []
    with running(*arguments) as server, _connection(server.port) as connection:
        _send_halves(connection, traces, "")
        killer = threading.Timer(0.1, server.process.kill)
        killer.start()
        try:
            for trace_id in traces:
                _send_halves(connection, [trace_id], "abc")
                acknowledged.append(trace_id)
            killer.join()
        except (OSError, http.client.HTTPException):
            pass
    with running(*arguments) as server, _connection(server.port) as connection:
        for trace_id in acknowledged:
            assert _ask(connection, f"trace/{trace_id:x}/summary")["spans"] == 2
        _send_halves(connection, traces, "abc")
        _send_halves(connection, traces, "")
        found = _ask(connection, "traces?limit=500")
        assert found["matched"] == len(traces)
        assert {(trace["spans"], trace["trace_id"][:16]) for trace in found["traces"]} == {
            (2, f"{0xABC:016x}")
        }


def _send_halves(
    connection: http.client.HTTPConnection, traces: Iterable[int], upper_half: str
) -> None:
    """Send one span of each trace: the root with an upper half of the id, its child without one."""
    spans = [
        {
            "trace_id": trace_id,
            "span_id": 1 if upper_half else 2,
            "parent_id": 0 if upper_half else 1,
            "service": "web",
            "start": START + trace_id,
            "duration": 5,
            "meta": {"_dd.p.tid": upper_half} if upper_half else {},
        }
        for trace_id in traces
    ]
    connection.request("PUT", "/v0.4/traces", msgspec.msgpack.encode([[span] for span in spans]))
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200


def _ask(connection: http.client.HTTPConnection, path: str) -> Any:
    connection.request("GET", f"/api/{path}")
    return json.loads(connection.getresponse().read())


def _send_until_refused(port: int, sender: int, acknowledged: dict[int, int]) -> None:
    rng = random.Random(sender)
    with _connection(port) as connection:
        for batch in range(100_000):
            traces = {rng.getrandbits(60) | 1: rng.randrange(1, 5) for _ in range(4)}
            try:
                connection.request("PUT", "/v0.4/traces", _body(traces, f"{sender}-{batch}"))
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                return
            assert answer.status == 200
            acknowledged.update(traces)


def _body(traces: dict[int, int], batch: str) -> bytes:
    """Return a body of traces with this many spans each."""
    return msgspec.msgpack.encode(
        [
            [
                {
                    "trace_id": trace_id,
                    "span_id": number + 1,
                    "parent_id": number,
                    "service": "web",
                    "name": "op",
                    "start": time.time_ns(),
                    "duration": 5,
                    "meta": {"batch": batch},
                }
                for number in range(spans)
            ]
            for trace_id, spans in traces.items()
        ]
    )


def _connection(port: int) -> closing[http.client.HTTPConnection]:
    return closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20))


def _run(*arguments: str, preexec_fn: Callable[[], None] | None = None) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "collector", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        preexec_fn=preexec_fn,
    )
    return done.returncode, done.stdout + done.stderr
