"""Histories of real requests: two services, threads, streams, and what is off costs no header."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

import pytest
import requests
from flask import Flask, Response
from werkzeug.serving import make_server

from tests.waiting import wait_until
from tracer import InMemoryWriter, Span, TraceMiddleware, Tracer, patch
from tracer import tracer as global_tracer
from tracer.history import HEADER, OFF, WANT, RecordedSpan, ignored, read, setting_of
from tracer.segment import Segment

Serve = Callable[[Flask], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A function that serves an app, each request in a thread of its own, and returns its URL."""
    servers = []

    def start(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def recording(spans: list[Span]) -> Iterator[list[Span]]:
    """The finished spans of the program's tracer, which keeps a history of each trace."""
    global_tracer.configure(history=True)
    yield spans
    global_tracer.configure(history=False)


def taster() -> Flask:
    app = Flask("taster")
    TraceMiddleware(app, service="taster")

    @app.get("/taste")
    def taste() -> str:
        with global_tracer.trace("palate.taste"):
            return "92"

    @app.get("/stream")
    def stream() -> Response:
        def rows() -> Iterator[str]:
            yield "1"
            with global_tracer.trace("late"):
                yield "2"

        return Response(rows())

    return app


def test_the_answer_says_what_was_executed_below_it(recording, serve):
    url = serve(taster())
    patch(requests=True)
    with global_tracer.trace("root"):
        requests.get(f"{url}/taste", timeout=9)
    history = global_tracer.history()
    assert history is not None
    assert [(p.service, p.name, p.open) for p in history.points] == [
        ("python", "root", False),
        ("python", "requests.request", False),
        ("taster", "flask.request", True),
        ("taster", "palate.taste", False),
    ]
    assert history.complete
    by_id = {point.span_id: point for point in history.points}
    above = [by_id[p.parent_id].name if p.parent_id else "" for p in history.points]
    assert above == ["", "root", "requests.request", "flask.request"]
    assert history.forks == [], "a server's thread is no fork: its caller waits for it"


def test_the_request_says_what_came_before_it(recording, serve):
    app, heard = taster(), []
    url = serve(app)

    @app.before_request
    def note() -> None:
        heard.append(global_tracer.history())

    patch(requests=True)
    with global_tracer.trace("root"):
        requests.get(f"{url}/taste", timeout=9)
        requests.get(f"{url}/taste", timeout=9)
    second = [(p.service, p.name, p.open) for p in heard[1].points]
    assert second == [
        ("python", "root", True),
        ("python", "requests.request", False),
        ("taster", "flask.request", True),
        ("taster", "palate.taste", False),
        ("python", "requests.request", True),
        ("taster", "flask.request", True),
    ]


def test_an_answer_says_nothing_of_what_came_before(recording, serve):
    url = serve(taster())
    answer = requests.get(f"{url}/taste", headers={HEADER: WANT}, timeout=9)
    before = read(answer.headers[HEADER])
    again = requests.get(f"{url}/taste", headers={HEADER: answer.headers[HEADER]}, timeout=9)
    got = read(again.headers[HEADER])
    assert before is not None
    assert got is not None
    assert len(got.points) == 2
    assert not {p.span_id for p in got.points} & {p.span_id for p in before.points}


def test_what_a_stream_does_later_is_not_in_the_answer(recording, serve):
    url = serve(taster())
    answer = requests.get(f"{url}/stream", headers={HEADER: WANT}, timeout=9)
    got = read(answer.headers[HEADER])
    assert got is not None
    assert [(p.name, p.open) for p in got.points] == [("flask.request", True)]
    wait_until(lambda: [span.name for span in recording] == ["flask.request", "late"])


@pytest.mark.parametrize(
    ("setting", "header", "answered"),
    [
        (False, WANT, False),
        (True, None, False),
        (True, WANT, True),
        ("ask", None, False),
        ("ask", WANT, True),
        ("ask", "rubbish", True),
    ],
)
def test_only_who_asks_is_answered_and_only_if_it_is_on(tracer, setting, header, answered):
    tracer.configure(history=setting)
    app = Flask("web")
    TraceMiddleware(app, tracer)
    answer = app.test_client().get("/", headers={HEADER: header} if header else {})
    assert (HEADER in answer.headers) is answered


def test_what_a_request_brings_is_read_only_where_it_is_needed(tracer):
    tracer.configure(history="ask")
    app = Flask("web")
    TraceMiddleware(app, tracer)
    heard = []
    app.add_url_rule("/leaf", "leaf", lambda: "leaf")
    app.add_url_rule("/told", "told", lambda: heard.append(tracer.history()) or "told")
    before = ignored.total()
    app.test_client().get("/leaf", headers={HEADER: "rubbish"})
    assert ignored.total() == before
    app.test_client().get("/told", headers={HEADER: "rubbish"})
    assert ignored.total() == before + 1
    assert [point.name for point in heard[0].points] == ["flask.request"]


def test_without_it_spans_and_segments_are_the_plain_ones(tracer: Tracer):
    assert tracer.history_setting is OFF
    with tracer.trace("root") as root, tracer.trace("child") as child:
        assert (type(root), type(child), type(root.segment)) == (Span, Span, Segment)
        assert tracer.history() is None
    assert root.tags == child.tags == {}


def test_threads_are_forks(recording):
    patch(futures=True)
    all_there = Barrier(3)

    def work(_: int) -> None:
        with global_tracer.trace("work"):
            all_there.wait()
            time.sleep(0.001)

    with global_tracer.trace("root") as root:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(work, range(3)))
        global_tracer.trace("after").finish()
    history = global_tracer.history()
    assert history is not None
    [fork] = history.forks
    assert fork.parent_id == root.span_id
    assert set(fork.branches) == {p.span_id for p in history.points if p.name == "work"}
    assert fork.join is not None
    assert fork.start < fork.join <= history.points[0].end
    threads = {span.name: "thread.id" in span.tags for span in recording}
    assert threads == {"root": True, "work": True, "after": False}


def test_a_thread_that_nobody_waits_for_is_not_joined(recording):
    patch(threads=True)

    def work() -> None:
        with global_tracer.trace("work"):
            started.append(1)
            wait_until(lambda: root.duration is not None)
            time.sleep(0.001)

    started: list[int] = []
    thread = Thread(target=work)
    with global_tracer.trace("root") as root:
        thread.start()
        wait_until(lambda: bool(started))
    thread.join()
    history = global_tracer.history()
    assert history is not None
    [fork] = history.forks
    assert fork.join is None


def test_a_trace_is_kept_within_bounds(recording):
    with global_tracer.trace("root"):
        for _ in range(6_000):
            global_tracer.trace("step").finish()
    history = global_tracer.history()
    assert history is not None
    assert len(history.points) <= 5_000
    assert len(history.points) + history.cut.total() == 6_001
    assert set(history.cut) == {("python", "step")}
    assert not history.complete


def test_what_the_app_adds_to_a_finished_span_is_lost_not_a_broken_chain(recording):
    with global_tracer.trace("root") as root:
        pass
    root.set_tag("late", 1)
    [sent] = recording
    assert isinstance(sent, RecordedSpan)
    assert "late" not in sent.tags
    assert set(sent.tags) == {"thread.id", "chain.id", "chain.place", "chain.last", "chain.hash"}


@pytest.mark.parametrize(
    ("value", "setting"),
    [
        ("0", (False, 0)),
        (False, (False, 0)),
        ("1", (True, 3500)),
        (True, (True, 3500)),
        ("ask", (False, 3500)),
        (1200, (True, 1200)),
    ],
)
def test_settings(value, setting):
    assert setting_of(value) == setting


@pytest.mark.parametrize("value", ["beer", -1, 50, 10**30, None, 1.5])
def test_wrong_settings_say_what_is_right(value):
    with pytest.raises(ValueError, match=r"is not 0 \(off\), 1 \(on\), ask"):
        setting_of(value)


def test_a_wrong_setting_in_the_environment_keeps_no_history(monkeypatch, caplog):
    monkeypatch.setenv("TRACE_HISTORY", "beer")
    assert Tracer(InMemoryWriter()).history_setting is OFF
    assert "TRACE_HISTORY: 'beer' is not 0 (off)" in caplog.text
