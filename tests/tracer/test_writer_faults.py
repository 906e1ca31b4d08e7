"""The writer's thread survives whatever happens to it, and no answer holds it up for long."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.tracer.sink import Sink
from tests.tracer.writing import dropped, sent, talking, trace
from tests.waiting import wait_until
from tracer import HttpWriter, Tracer
from tracer import writer as writer_module

pytestmark = pytest.mark.usefixtures("impatient")


class Deadly:
    """Raises what no `except Exception` catches, when the writer's thread makes text of it."""

    def __str__(self) -> str:
        raise SystemExit


@pytest.mark.parametrize("raised", [RuntimeError, SystemExit, KeyboardInterrupt, MemoryError])
def test_whatever_encoding_raises_the_thread_survives(
    raised: type[BaseException],
    sink: Sink,
    connect: Callable[[str], Tracer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encode = writer_module.encode_chunk

    def fail_for_bad(spans: Any) -> bytes:
        if spans[0].name == "bad":
            raise raised
        return encode(spans)

    monkeypatch.setattr(writer_module, "encode_chunk", fail_for_bad)
    tracer = connect(sink.url)
    trace(tracer)
    with tracer.trace("bad"):
        pass
    trace(tracer)
    assert tracer.flush(5)
    assert len(sink.spans) == sent(tracer) == 4
    assert dropped(tracer) == {"not encodable": 1}


def test_an_object_that_ends_the_program_as_text(
    sink: Sink, connect: Callable[[str], Tracer]
) -> None:
    deadly: Any = Deadly()
    tracer = connect(sink.url)
    with tracer.trace(deadly, deadly, deadly, deadly):
        pass
    trace(tracer)
    assert tracer.flush(5)
    assert sorted(span["name"] for span in sink.spans) == [
        "<unprintable Deadly>",
        "child",
        "root",
    ]
    assert dropped(tracer) == {}


@pytest.mark.parametrize("raised", [RuntimeError, SystemExit, KeyboardInterrupt, MemoryError])
def test_a_round_may_raise_anything(
    raised: type[BaseException],
    sink: Sink,
    connect: Callable[[str], Tracer],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Only the spans in hand are lost, and that is said once."""
    join = writer_module.join_chunks
    rounds = 0

    def fail_at_first(chunks: list[bytes]) -> bytes:
        nonlocal rounds
        rounds += 1
        if rounds <= 2:
            raise raised
        return join(chunks)

    monkeypatch.setattr(writer_module, "join_chunks", fail_at_first)
    tracer = connect(sink.url)
    for _ in range(3):
        trace(tracer)
        assert tracer.flush(5)
    assert len(sink.spans) == sent(tracer) == 2
    assert dropped(tracer) == {"failed": 4}
    assert caplog.text.count("lost") == 1
    assert f"the writer failed with {raised.__name__}" in caplog.text


def test_a_log_that_fails_does_not_end_the_thread(
    free_port: int, connect: Callable[[str], Tracer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise SystemExit

    monkeypatch.setattr(writer_module.log, "warning", fail)
    tracer = connect(f"http://127.0.0.1:{free_port}")
    for _ in range(2):
        trace(tracer)
        assert tracer.flush(5)
    assert dropped(tracer) == {"unreachable": 4}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("revived_by", ["put", "flush", "shutdown"])
def test_a_thread_that_died_is_started_again(
    revived_by: str,
    sink: Sink,
    connect: Callable[[str], Tracer],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def die(self: HttpWriter) -> bool:
        raise MemoryError

    tracer = connect(sink.url)
    assert isinstance(tracer.writer, HttpWriter)
    with monkeypatch.context() as patch:
        patch.setattr(HttpWriter, "_run_round", die)
        trace(tracer)
        thread = tracer.writer._thread
        assert thread is not None
        thread.join(5)
        assert not thread.is_alive()
    if revived_by == "put":
        trace(tracer)
        wait_until(lambda: len(sink.spans) == 4)
    elif revived_by == "flush":
        assert tracer.flush(5)
    tracer.shutdown(5)
    assert len(sink.spans) == sent(tracer) == (4 if revived_by == "put" else 2)
    assert dropped(tracer) == {}
    assert caplog.text.count("the writer's thread had died") == (revived_by != "shutdown")


def test_a_flush_that_cannot_start_the_thread_again_says_so(
    sink: Sink, connect: Callable[[str], Tracer], monkeypatch: pytest.MonkeyPatch
) -> None:
    tracer = connect(sink.url)
    with monkeypatch.context() as patch:
        patch.setattr(HttpWriter, "_start_thread", lambda self: None)
        trace(tracer)
        assert not tracer.flush(0.01)
    assert tracer.flush(5)
    assert len(sink.spans) == 2


@pytest.mark.parametrize("trickled", ["headers", "body"])
def test_an_answer_that_trickles_is_given_up(
    trickled: str, connect: Callable[[str], Tracer], caplog: pytest.LogCaptureFixture
) -> None:
    """A byte now and then: none of them is late, the answer is."""
    begin = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n" + b"\r\n" * (trickled == "body")

    def trickle(connection: socket.socket) -> None:
        connection.sendall(begin)
        while not over.wait(0.05):
            connection.sendall(b"x")

    over = threading.Event()
    with talking(trickle) as url:
        tracer = connect(url)
        trace(tracer)
        done = tracer.flush(10)
        trace(tracer)
        done = tracer.flush(10) and done
        over.set()
    assert done
    assert dropped(tracer) == {"unreachable": 4}
    assert caplog.text.count("lost") == 1
    assert "does not answer (no complete answer in time)" in caplog.text
