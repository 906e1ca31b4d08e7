"""Receiver processes, for real: who answers what, and that a kill of any process loses nothing."""

from __future__ import annotations

import http.client
import json
import random
import select
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from tests.collector.http.processes.receiving_collector import (
    COUNT,
    WAIT_S,
    answered,
    body,
    collecting,
    connected,
    found_traces,
    put,
    ready,
    receivers,
    send_until,
    stats,
    status,
    wait_until,
)
from tests.servers import Server, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector with receiver processes, for all tests that end none of them."""
    with collecting(tmp_path_factory.mktemp("data")) as server:
        yield server


def test_spans_go_to_the_receivers_in_turns_and_all_else_does_not(server: Server) -> None:
    first, second = receivers(server)
    first.suspend()
    try:
        with connected(server) as one, connected(server) as another, connected(server) as asking:
            for number, connection in enumerate((one, another), 1):
                connection.request("PUT", "/v0.4/traces", body({number: 1}))
            waiting = wait_for_answers(one, another, asking)
            assert status(asking, "GET", "/ping") == 200
            first.resume()
            assert waiting.getresponse().status == 200
    finally:
        first.resume()
    assert second.is_running()


def test_a_connection_goes_from_one_process_to_the_other_and_back(server: Server) -> None:
    with connected(server) as connection:
        for trace in range(100, 104):
            assert put(connection, body({trace: 3})) == 200
            connection.request("GET", f"/api/trace/{trace:x}")
            answer = connection.getresponse()
            assert json.loads(answer.read())["spans"] == 3


def test_answers_are_those_of_one_process_alone(server: Server, tmp_path: Path) -> None:
    span = {"traceId": "1f", "id": "2", "name": "op", "localEndpoint": {"serviceName": "web"}}
    otlp = {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "00"}]}]}]}
    requests = [
        ("PUT", "/v0.4/traces", msgspec.msgpack.encode([]), "application/msgpack"),
        ("PUT", "/v0.4/traces", b"\xc1", "application/msgpack"),
        ("PUT", "/v0.5/traces", b"\xc1", "text/html"),
        ("POST", "/v1/traces", json.dumps(otlp).encode(), "application/json"),
        ("POST", "/api/v2/spans", json.dumps([span, {}]).encode(), "application/json"),
        ("POST", "/api/v2/spans", b"[" * 9, "application/json"),
        ("POST", "/api/traces", b"", "application/x-thrift"),
        ("POST", "/TraceSegments", b"{}", "application/json"),
        ("GET", "/v1/traces", b"", "application/json"),
    ]
    with running("-m", "collector", "--port", "0", "--data", str(tmp_path)) as alone:
        before = received(server), received(alone)
        for request in requests:
            assert answered(server, *request) == answered(alone, *request)
        now = received(server), received(alone)
        assert difference(before[0], now[0]) == difference(before[1], now[1])


def test_a_request_sent_too_early_for_another_process_is_refused(server: Server) -> None:
    spans = body({200: 1})
    size = b"Content-Length: %d" % len(spans)
    head = b"PUT /v0.4/traces HTTP/1.1\r\nHost: localhost\r\n" + size + b"\r\n\r\n"
    ping = b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), WAIT_S) as client:
        client.sendall(head + spans + ping)
        answers = b"".join(iter(lambda: client.recv(65_536), b""))
    assert answers.startswith(b"HTTP/1.1 200 OK")
    assert answers.count(b"HTTP/1.1 ") == 2
    assert b"HTTP/1.1 421 " in answers
    assert b"on a connection of its own" in answers


def test_rules_of_sampling_are_told_by_receivers(server: Server) -> None:
    rules = {"rules": [{"service": "web", "rate": 0.25}]}
    with connected(server) as connection:
        for rate, said in ((0.25, rules), (1.0, {"rules": []})):
            assert status(connection, "PUT", "/sampling/rules", json.dumps(said).encode()) == 200
            connection.request("PUT", "/v0.4/traces", body({300: 1}))
            rates = json.loads(connection.getresponse().read())["rate_by_service"]
            assert rates.get("service:web,env:", 1.0) == rate


def test_traces_that_receivers_read_wait_for_the_tail(tmp_path: Path) -> None:
    settings = {"wait_s": 0.2, "policies": [{"keep": "error"}]}
    (tmp_path / "tail-sampling.json").write_text(json.dumps(settings))
    with collecting(tmp_path) as server, connected(server) as connection:
        assert put(connection, body({1: 2, 2: 1}, failed=(2,))) == 200
        wait_until(lambda: stats(server)["stored"]["spans"] == 1)
        connection.request("GET", "/api/sampling")
        tail = json.loads(connection.getresponse().read())["tail"]
        assert tail["dropped"]["spans"] == 2


def test_nothing_is_lost_or_doubled_when_receivers_are_killed(tmp_path: Path) -> None:
    acknowledged: dict[int, int] = {}
    enough = threading.Event()
    with collecting(tmp_path) as server:
        senders = [
            threading.Thread(target=send_until, args=(server.port, seed, acknowledged, enough))
            for seed in range(3)
        ]
        for sender in senders:
            sender.start()
        rng = random.Random(1)
        try:
            for _ in range(4):
                before = len(acknowledged)
                wait_until(lambda before=before: len(acknowledged) > before + 200)
                victim = rng.choice(receivers(server))
                times = ready(server)
                victim.kill()
                wait_until(lambda times=times: ready(server) > times)
        finally:
            enough.set()
            for sender in senders:
                sender.join()
        assert found_traces(server) == acknowledged
        assert stats(server)["stored"]["spans"] == sum(acknowledged.values())
        killed = [line for line in server.log if "was ended by SIGKILL; it is started" in line]
        assert len(killed) == 4
    assert not any("Traceback" in line for line in server.log)


def test_one_that_hangs_is_killed_and_whoever_waits_is_answered(tmp_path: Path) -> None:
    with collecting(tmp_path) as server, ExitStack() as open_ones:
        known = [open_ones.enter_context(connected(server)) for _ in range(4)]
        for number, connection in enumerate(known, 1):
            assert put(connection, body({number: 2})) == 200
        hanging, _ = receivers(server)
        hanging.suspend()
        new = [open_ones.enter_context(connected(server)) for _ in range(4)]
        for number, connection in enumerate((*known, *new), 11):
            connection.request("PUT", "/v0.4/traces", body({number: 2}))
        again = []
        for number, connection in enumerate((*known, *new), 11):
            try:
                assert connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                again.append(number)
        assert len(again) == 2  # what it had taken; what waited for it has gone to the next one
        for number in again:
            with connected(server) as connection:
                assert put(connection, body({number: 2})) == 200
        assert not hanging.is_running()
        assert len(receivers(server)) == COUNT
        assert found_traces(server) == dict.fromkeys((*range(1, 5), *range(11, 19)), 2)
        assert stats(server)["stored"]["spans"] == 24
        (said,) = [line for line in server.log if " hangs: nothing was heard of it" in line]
        assert "See whether it was stopped" in said
    assert not any("Traceback" in line for line in server.log)


def test_what_cannot_be_stored_is_refused_and_receivers_end_with_the_storing_process(
    tmp_path: Path,
) -> None:
    with collecting(tmp_path) as server:
        orphans = receivers(server)
        with connected(server) as connection:
            assert put(connection, body({1: 1})) == 200
            lock = tmp_path / "traces" / "lock"
            lock.unlink()
            lock.touch()  # as another collector would
            connection.request("PUT", "/v0.4/traces", body({2: 1}))
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
            assert b"cannot be stored" in answer.read()
            server.process.kill()
            _, alive = psutil.wait_procs(orphans, WAIT_S)
            assert not alive
            with pytest.raises((OSError, http.client.HTTPException)):
                put(connection, body({2: 1}))


def test_it_ends_cleanly_in_the_middle_of_sending(tmp_path: Path) -> None:
    acknowledged: dict[int, int] = {}
    with collecting(tmp_path / "data") as server:
        its = receivers(server)
        arguments = (server.port, 1, acknowledged, threading.Event())
        sender = threading.Thread(target=send_until, args=arguments, kwargs={"once": True})
        sender.start()
        wait_until(lambda: len(acknowledged) > 100)
        for process in (*its, server.process):  # Ctrl-C in a terminal reaches all of them
            process.send_signal(signal.SIGINT)
        assert server.process.wait(WAIT_S) == 0
        sender.join()
        _, alive = psutil.wait_procs(its, WAIT_S)
        assert not alive
    assert not [line for line in server.log if "started again" in line or "Traceback" in line]
    with collecting(tmp_path / "data") as server:
        found = found_traces(server)
    assert acknowledged.items() <= found.items()


def wait_for_answers(
    one: http.client.HTTPConnection,
    another: http.client.HTTPConnection,
    asking: http.client.HTTPConnection,
) -> http.client.HTTPConnection:
    """Read the answer of one of two requests; return the connection that still waits for its own,
    once the collector has answered something else meanwhile."""
    answering, _, _ = select.select([one.sock, another.sock], [], [], WAIT_S)
    assert len(answering) == 1
    answered, waiting = (one, another) if answering[0] is one.sock else (another, one)
    assert answered.getresponse().status == 200
    assert status(asking, "GET", "/stats") == 200
    assert select.select([waiting.sock], [], [], 0.3)[0] == []
    return waiting


def received(server: Server) -> dict[str, Any]:
    report = stats(server)
    return {key: report[key] for key in ("received", "rejected", "unsampled", "duplicates")}


def difference(before: Any, now: Any) -> Any:
    if isinstance(now, dict):
        return {key: difference(before.get(key, 0), value) for key, value in now.items() if value}
    return now - before
