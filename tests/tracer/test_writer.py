"""The writer: whatever happens to the collector, the app neither waits nor notices."""

from __future__ import annotations

import gc
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tracer.forking import in_child
from tests.tracer.sink import Sink, running_sink
from tests.tracer.writing import dropped, sent, talking, trace
from tests.waiting import wait_until
from tracer import HttpWriter, Tracer
from tracer import writer as writer_module

pytestmark = pytest.mark.usefixtures("impatient")

SCRIPT = """
from tracer import tracer
tracer.configure(service="script")
with tracer.trace("root"):
    with tracer.trace("child"):
        pass
"""


def test_spans_arrive_by_themselves(sink: Sink, connect: Callable[[str], Tracer]) -> None:
    trace(connect(sink.url))
    wait_until(lambda: len(sink.spans) == 2)
    assert [span["name"] for span in sink.traces[0]] == ["root", "child"]
    assert sink.headers["Content-Type"] == "application/msgpack"
    assert sink.headers["X-Datadog-Trace-Count"] == "1"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")
def test_its_thread_sleeps_while_there_is_nothing_to_send(
    sink: Sink, connect: Callable[[str], Tracer]
) -> None:
    tracer = connect(sink.url)
    trace(tracer)
    assert tracer.flush()
    thread = tracer.writer._thread  # type: ignore[attr-defined]

    def has_slept() -> bool:
        before = _times_it_slept(thread)
        time.sleep(0.1)  # ten times its interval
        return _times_it_slept(thread) == before

    wait_until(has_slept)
    trace(tracer)
    wait_until(lambda: len(sink.spans) == 4)


def _times_it_slept(thread: threading.Thread) -> str:
    status = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
    return next(line for line in status.splitlines() if line.startswith("voluntary"))


def test_many_traces_share_requests_and_one_connection(
    sink: Sink, connect: Callable[[str], Tracer]
) -> None:
    tracer = connect(sink.url)
    for _ in range(10):
        trace(tracer, 100)
        assert tracer.flush()
    assert len(sink.traces) == 1000
    assert len({span["span_id"] for span in sink.spans}) == 2000
    assert sink.requests < 100
    assert len(sink.connections) == 1
    assert sent(tracer) == 2000
    assert dropped(tracer) == {}


def test_a_request_has_a_bounded_size(
    sink: Sink, connect: Callable[[str], Tracer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "MAX_BODY_BYTES", 10_000)
    tracer = connect(sink.url)
    trace(tracer, 500)
    assert tracer.flush()
    assert len(sink.spans) == 1000
    assert sink.requests > 5


def test_flush_without_spans_returns_at_once(connect: Callable[[str], Tracer]) -> None:
    assert connect("http://127.0.0.1:1").flush()


def test_nobody_listens(
    free_port: int, connect: Callable[[str], Tracer], caplog: pytest.LogCaptureFixture
) -> None:
    tracer = connect(f"http://127.0.0.1:{free_port}")
    with caplog.at_level(logging.WARNING):
        trace(tracer, 3)
        assert tracer.flush(5)
        trace(tracer)
        assert tracer.flush(5)
    assert dropped(tracer) == {"unreachable": 8}
    assert [record.levelname for record in caplog.records] == ["WARNING"]  # logged once
    assert f"the collector at http://127.0.0.1:{free_port} does not answer" in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "http://",
        "http://[bad",
        "ftp://127.0.0.1",
        "http://127.0.0.1:x",
        "http://nowhere.invalid:1",
    ],
)
def test_an_address_that_makes_no_sense(
    url: str, connect: Callable[[str], Tracer], caplog: pytest.LogCaptureFixture
) -> None:
    tracer = connect(url)
    trace(tracer)
    assert tracer.flush(5)
    assert dropped(tracer) == {"unreachable": 2}
    assert "does not answer" in caplog.text


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_a_passing_error_is_retried(
    status: int, sink: Sink, connect: Callable[[str], Tracer]
) -> None:
    sink.behave = lambda handler: sink.requests < 3 and handler.answer(status)
    tracer = connect(sink.url)
    trace(tracer)
    assert tracer.flush(5)
    assert len(sink.spans) == 2
    assert sink.requests == 3
    assert dropped(tracer) == {}


@pytest.mark.parametrize("status", [400, 404, 413, 415, 302])
def test_refused_spans_are_dropped_at_once(
    status: int, sink: Sink, connect: Callable[[str], Tracer], caplog: pytest.LogCaptureFixture
) -> None:
    sink.behave = lambda handler: sink.requests < 2 and handler.answer(status)
    tracer = connect(sink.url)
    trace(tracer)
    assert tracer.flush(5)
    assert sink.requests == 1
    assert dropped(tracer) == {"refused": 2}
    assert f"answers {status}" in caplog.text
    trace(tracer)
    assert tracer.flush(5)
    assert len(sink.spans) == 2


def test_a_server_that_always_fails_is_given_up(
    sink: Sink, connect: Callable[[str], Tracer]
) -> None:
    sink.behave = lambda handler: handler.answer(500)
    tracer = connect(sink.url)
    trace(tracer)
    assert tracer.flush(5)
    assert sink.requests == 3
    assert dropped(tracer) == {"refused": 2}


def test_a_connection_that_is_reset_is_opened_again(
    sink: Sink, connect: Callable[[str], Tracer]
) -> None:
    sink.behave = lambda handler: sink.requests in (2, 4) and handler.reset()
    tracer = connect(sink.url)
    for _ in range(3):
        trace(tracer)
        assert tracer.flush(5)
    assert len(sink.spans) == 6
    assert dropped(tracer) == {}


def test_a_collector_that_is_restarted(connect: Callable[[str], Tracer]) -> None:
    with running_sink() as sink:
        tracer = connect(sink.url)
        trace(tracer)
        assert tracer.flush(5)
        port = sink.server_port
    trace(tracer)
    assert tracer.flush(5)
    with running_sink(port) as restarted:
        trace(tracer)
        assert tracer.flush(5)
        assert len(restarted.spans) == 2
    assert dropped(tracer) == {"unreachable": 2}


def test_a_slow_collector_does_not_slow_the_app(
    sink: Sink, connect: Callable[[str], Tracer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "MAX_QUEUED_SPANS", 100)
    go_on = threading.Event()
    sink.behave = lambda handler: not go_on.wait(10)
    monkeypatch.setattr(writer_module, "TIMEOUT_S", 10)
    tracer = connect(sink.url)
    trace(tracer)
    wait_until(lambda: sink.requests == 1)  # the thread is waiting for the answer now
    before = time.monotonic()
    trace(tracer, 1000)
    assert time.monotonic() - before < 5  # it would be 10 if the app waited
    assert not tracer.flush(0.05)
    go_on.set()
    assert tracer.flush(5)
    assert len(sink.spans) == 102
    assert dropped(tracer) == {"queue full": 1900}
    trace(tracer)
    assert tracer.flush(5)
    assert len(sink.spans) == 104


def test_a_collector_that_never_answers(connect: Callable[[str], Tracer]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tracer = connect(f"http://127.0.0.1:{silent.getsockname()[1]}")
        trace(tracer)
        assert tracer.flush(10)
    assert dropped(tracer) == {"unreachable": 2}


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\xff" * 100,
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/1.1 abc nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000,
        b"HTTP/1.1 200 " + b"x" * 100_000,
        b"",
    ],
)
def test_a_peer_that_sends_garbage(answer: bytes, connect: Callable[[str], Tracer]) -> None:
    with talking(lambda connection: connection.sendall(answer)) as url:
        tracer = connect(url)
        trace(tracer)
        assert tracer.flush(10)
        trace(tracer)
        assert tracer.flush(10)
    assert dropped(tracer).get("unreachable", 0) + sent(tracer) == 4


@pytest.mark.parametrize("header", [b"", b"Content-Length: 1000000000000\r\n"])
def test_an_endless_answer_is_not_read_to_its_end(
    header: bytes, connect: Callable[[str], Tracer]
) -> None:
    def talk_forever(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + header + b"\r\n")
        try:
            while True:
                connection.sendall(b"x" * 10_000)
        finally:
            hung_up.set()

    hung_up = threading.Event()
    with talking(talk_forever) as url:
        tracer = connect(url)
        trace(tracer)
        assert tracer.flush(10)
        assert sent(tracer) == 2
        assert hung_up.wait(10)


def test_spans_that_cannot_be_encoded_are_dropped_alone(
    sink: Sink,
    connect: Callable[[str], Tracer],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    encode = writer_module.encode_chunk

    def fail_for_bad(spans: Any) -> bytes:
        if spans[0].name == "bad":
            raise ValueError
        return encode(spans)

    monkeypatch.setattr(writer_module, "encode_chunk", fail_for_bad)
    tracer = connect(sink.url)
    with tracer.trace("bad"):
        pass
    trace(tracer)
    assert tracer.flush()
    assert len(sink.spans) == 2
    assert dropped(tracer) == {"not encodable": 1}
    assert "1 span lost" in caplog.text


def test_a_full_queue_counts_what_it_drops(
    free_port: int, connect: Callable[[str], Tracer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "MAX_QUEUED_SPANS", 10)
    monkeypatch.setattr(HttpWriter, "_start_thread", lambda self: None)
    tracer = connect(f"http://127.0.0.1:{free_port}")
    trace(tracer, 7)
    assert dropped(tracer) == {"queue full": 4}
    assert not tracer.flush(0.01)


def test_spans_after_the_end_are_counted(sink: Sink, connect: Callable[[str], Tracer]) -> None:
    tracer = connect(sink.url)
    trace(tracer)
    tracer.shutdown(5)
    trace(tracer)
    tracer.shutdown(5)
    assert len(sink.spans) == 2
    assert dropped(tracer) == {"closed": 2}


def test_shutting_down_does_not_wait_for_a_dead_collector(
    free_port: int, connect: Callable[[str], Tracer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "BACKOFF_S", (60, 60))
    tracer = connect(f"http://127.0.0.1:{free_port}")
    trace(tracer)
    before = time.monotonic()
    tracer.shutdown(30)
    assert time.monotonic() - before < 20
    assert dropped(tracer) == {"unreachable": 2}


def test_changing_the_address_loses_nothing(connect: Callable[[str], Tracer]) -> None:
    with running_sink() as first, running_sink() as second:
        tracer = connect(first.url)
        trace(tracer)
        tracer.configure(port=second.server_port)
        trace(tracer)
        assert tracer.flush()
        wait_until(lambda: len(first.spans) == len(second.spans) == 2)


def test_no_thread_can_be_started(
    sink: Sink, connect: Callable[[str], Tracer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    tracer = connect(sink.url)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail)
        trace(tracer)
        assert not tracer.flush(0.01)
    trace(tracer)
    assert tracer.flush()
    assert len(sink.spans) == 4


def test_no_thread_can_be_started_at_exit(
    sink: Sink, connect: Callable[[str], Tracer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As since Python 3.12, if the very first span finishes in an exit function."""
    tracer = connect(sink.url)
    monkeypatch.setattr(HttpWriter, "_start_thread", lambda self: None)
    trace(tracer)
    tracer.shutdown()
    assert len(sink.spans) == 2


def test_a_forked_child_sends_its_own_and_nothing_twice(
    sink: Sink, connect: Callable[[str], Tracer]
) -> None:
    tracer = connect(sink.url)
    trace(tracer)
    assert tracer.flush()  # the thread runs, the connection is open
    trace(tracer)  # perhaps still queued at the fork

    def work() -> bool:
        with tracer.trace("of the child"):
            pass
        return tracer.flush(5)

    assert in_child(work) == "True"
    trace(tracer)
    assert tracer.flush()
    assert len(sink.spans) == 7
    assert len({span["span_id"] for span in sink.spans}) == 7
    assert [span["name"] for span in sink.spans].count("of the child") == 1


def test_a_child_forked_while_an_answer_is_awaited(
    sink: Sink, connect: Callable[[str], Tracer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread holds the connection's locks then; the child inherits them without the thread."""
    monkeypatch.setattr(writer_module, "TIMEOUT_S", 30)
    begun, go_on = threading.Event(), threading.Event()

    def answer_slowly(handler: Any) -> bool:
        if sink.requests > 1:
            return False
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n")
        begun.set()
        go_on.wait(30)
        handler.wfile.write(b"x")
        return True

    sink.behave = answer_slowly
    tracer = connect(sink.url)
    trace(tracer)
    begun.wait()
    time.sleep(0.1)  # until the thread is waiting for the rest

    def work() -> bool:
        gc.collect()
        trace(tracer)
        return tracer.flush(5)

    assert in_child(work, timeout=10) == "True"
    go_on.set()
    assert tracer.flush(5)
    assert sent(tracer) == len(sink.spans) == 2


def run_script(script: str, url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env={**os.environ, "COLLECTOR_URL": url},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_short_script_delivers_at_its_end(sink: Sink) -> None:
    done = run_script(SCRIPT, sink.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [span["name"] for span in sink.spans] == ["root", "child"]


def test_a_script_that_fails_delivers_too(sink: Sink) -> None:
    done = run_script(SCRIPT + "raise SystemExit(3)", sink.url)
    assert done.returncode == 3
    assert len(sink.spans) == 2


def test_a_span_that_ends_at_exit_is_delivered(sink: Sink) -> None:
    done = run_script(
        "import atexit; from tracer import tracer; span = tracer.trace('whole program');"
        "atexit.register(span.finish)",
        sink.url,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [span["name"] for span in sink.spans] == ["whole program"]


def test_a_script_ends_without_a_collector(free_port: int) -> None:
    done = run_script(SCRIPT, f"http://127.0.0.1:{free_port}")
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert "2 spans lost" in done.stderr


def test_a_script_ends_although_the_collector_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        done = run_script(SCRIPT, f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert done.returncode == 0


def test_workers_of_multiprocessing_deliver_at_their_end(sink: Sink) -> None:
    done = run_script(
        """
import multiprocessing
from tracer import tracer

def work(n):
    with tracer.trace("work"):
        pass

make = multiprocessing.get_context("fork").Process
with tracer.trace("root"):
    workers = [make(target=work, args=(n,)) for n in range(3)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
""",
        sink.url,
    )
    assert (done.returncode, done.stderr) == (0, "")
    names = sorted(span["name"] for span in sink.spans)
    assert names == ["root", "work", "work", "work"]
    assert len({span["trace_id"] for span in sink.spans}) == 1
