"""The live stream: what matches arrives, and a slow subscriber holds nobody up."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from collector.http import live
from collector.http.app import Collector
from collector.http.live import Subscriber
from collector.search.parser import parse
from collector.store.trace_store import TraceStore
from tests.collector.chunks import chunk
from tests.collector.stores import Stores


@pytest.fixture
def collector(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[TraceStore, Collector]]:
    monkeypatch.setattr(live, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(live, "STATS_SECONDS", 0.1)
    with stores.open() as store:
        collector = Collector(store)
        yield store, collector
        collector.live.close()


Event = tuple[str, dict[str, object]]


def _events(stream: Iterator[bytes]) -> Iterator[Event]:
    for block in stream:
        name, data = block.decode().rstrip("\n").split("\n")
        yield name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def _traces(events: Iterator[Event]) -> list[dict[str, object]]:
    """The traces of the next event that has some."""
    return next(data["traces"] for name, data in events if name == "traces")  # type: ignore[return-value]


def test_new_and_grown_traces_that_match_arrive(collector: tuple[TraceStore, Collector]) -> None:
    store, subject = collector
    with subject.app.test_client().get("/api/live?q=service:db+why:x") as answer:
        assert answer.content_type.startswith("text/event-stream")
        events = _events(iter(answer.response))
        assert next(events)[0] == "stats"
        store.add([chunk(1, 1), chunk(2, 1, service="db", why="x")])
        assert [trace["spans"] for trace in _traces(events)] == [1]
        store.add([chunk(1, 2, service="db"), chunk(3, 1, why="x")])
        store.add([chunk(2, 2), chunk(1, 3, why="x")])
        arrived: dict[object, object] = {}
        while len(arrived) < 2:
            arrived |= {trace["trace_id"]: trace["spans"] for trace in _traces(events)}
        assert arrived == {f"{1:032x}": 3, f"{2:032x}": 2}
        assert next(data for name, data in events if name == "stats")["live"] == {
            "clients": 1,
            "dropped": 0,
        }
    assert subject.live.state()["clients"] == 0


@pytest.mark.parametrize("query", ["", "service:web"])
def test_synthetic_requests_do_not_arrive_unless_asked_for(
    collector: tuple[TraceStore, Collector], query: str
) -> None:
    store, subject = collector
    with subject.app.test_client().get(f"/api/live?q={query}") as answer:
        events = _events(iter(answer.response))
        assert next(events)[0] == "stats"
        store.add([chunk(1, 1, **{"user_agent.synthetic.type": "test"}), chunk(2, 1)])
        assert [trace["trace_id"] for trace in _traces(events)] == [f"{2:032x}"]


def test_a_search_of_the_summary_needs_no_spans(
    collector: tuple[TraceStore, Collector], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, subject = collector
    monkeypatch.setattr(store, "find", None)
    subscriber = subject.live.subscribe(parse("root.service:web -error:1 spans:<3"))
    store.add([chunk(1, 1, 2), chunk(2, 1, 2, 3)])
    assert len(_traces(_events(subscriber.events()))) == 1


def test_a_slow_subscriber_loses_the_oldest_and_holds_nobody_up(
    collector: tuple[TraceStore, Collector],
) -> None:
    store, subject = collector
    slow, quick = subject.live.subscribe(parse("")), subject.live.subscribe(parse(""))
    seen: list[object] = []
    threading.Thread(
        target=lambda: seen.extend(
            trace["trace_id"]
            for name, data in _events(quick.events())
            if name == "traces"
            for trace in data["traces"]  # type: ignore[attr-defined]
        )
    ).start()
    for trace in range(1, 40):
        store.add([chunk(trace, 1)])
        time.sleep(0.02)
    _until(lambda: len(seen) == 39)
    assert subject.live.state()["dropped"] > 0
    assert len(slow._events) <= 8


def test_a_flood_is_cut_and_counted(collector: tuple[TraceStore, Collector]) -> None:
    store, subject = collector
    events = _events(subject.live.subscribe(parse("")).events())
    store.add([chunk(trace, 1) for trace in range(1, 2001)])
    arrived: list[dict[str, object]] = []
    while len(arrived) + subject.live.state()["dropped"] < 2000:  # two stores may take two ticks
        traces = _traces(events)
        assert len(traces) <= live.MAX_TRACES_PER_TICK
        arrived += traces
    assert f"{2000:032x}" in [trace["trace_id"] for trace in arrived]
    assert len(arrived) + subject.live.state()["dropped"] == 2000
    assert subject.live.state()["dropped"] >= 500


def test_one_subscriber_too_many_is_refused(collector: tuple[TraceStore, Collector]) -> None:
    _, subject = collector
    subscribers: list[Subscriber] = [
        subject.live.subscribe(parse("")) for _ in range(live.MAX_SUBSCRIBERS)
    ]
    client: FlaskClient = subject.app.test_client()
    answer = client.get("/api/live")
    assert answer.status_code == 429
    assert "Retry-After" in answer.headers
    subject.live.unsubscribe(subscribers[0])
    with client.get("/api/live") as answer:
        assert answer.status_code == 200


def test_closing_ends_all_streams(collector: tuple[TraceStore, Collector]) -> None:
    _, subject = collector
    subscriber = subject.live.subscribe(parse(""))
    ended = threading.Thread(target=lambda: list(subscriber.events()))
    ended.start()
    subject.live.close()
    ended.join(10)
    assert not ended.is_alive()


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen within 10 s")
