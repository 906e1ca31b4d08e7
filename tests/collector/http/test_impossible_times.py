"""A span that cannot have been when it says is kept and named, and bends no axis and no average."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient

from collector import impossible_time
from collector.http.app import Collector
from collector.impossible_time import has_impossible_time
from collector.model import Span
from tests.collector.conftest import MSGPACK
from tests.collector.stores import Stores

MS = 10**6
DAY = 86_400 * 10**9
NOW = time.time_ns()
ROOT, CHILD, BAD = 1, 2, 3

IMPOSSIBLE = {
    "zero": (0, 5 * MS),
    "zero, and the end is right": (0, NOW),
    "milliseconds": (NOW // 10**6, 5),
    "microseconds": (NOW // 10**3, 5_000),
    "negative": (-5, 5 * MS),
    "years ahead": (NOW + 3650 * DAY, 5 * MS),
    "the last moment": (2**64 - 1, 5 * MS),
    "an endless duration": (NOW, 2**63),
    "a negative duration": (NOW, -1),
    "a duration of years": (NOW - 2000 * DAY, 1000 * DAY),
}

EXAMPLES = list(IMPOSSIBLE)


@pytest.fixture
def client(stores: Stores) -> Iterator[FlaskClient]:
    with stores.open() as store:
        collector = Collector(store)
        yield collector.app.test_client()
        collector.live.close()


def send(client: FlaskClient, trace: int, *spans: tuple[int, int, int, int]) -> dict[str, Any]:
    """Send spans of one trace: id, parent, start and duration of each."""
    maps = [
        {
            "trace_id": trace,
            "span_id": span_id,
            "parent_id": parent_id,
            "start": start,
            "duration": duration,
            "service": "web",
            "name": f"op{span_id}",
            "resource": f"op{span_id}",
        }
        for span_id, parent_id, start, duration in spans
    ]
    answer = client.put("/v0.4/traces", data=msgspec.msgpack.encode([maps]), content_type=MSGPACK)
    assert answer.status_code == 200
    assert "rejected" not in answer.json
    return client.get("/stats").json


def get(client: FlaskClient, path: str, **parameters: object) -> Any:
    answer = client.get(path, query_string=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json


def good(start: int = NOW) -> list[tuple[int, int, int, int]]:
    return [(ROOT, 0, start, 20 * MS), (CHILD, ROOT, start + 5 * MS, 10 * MS)]


@pytest.mark.parametrize("first", [True, False])
def test_one_of_a_trace_is_shown_with_its_parent_and_changes_no_number(
    client: FlaskClient, example: str, first: bool
) -> None:
    times = IMPOSSIBLE[example]
    send(client, 7, *good())
    numbers = ("p50", "p95", "p99", "max")
    before = get(client, "/api/summary"), get(client, "/api/series", buckets=10)
    bad = (BAD, CHILD, *times)
    spans = [bad, *good()] if first else [*good(), bad]
    stats = [send(client, 8, span) for span in spans][-1]

    assert stats["impossible_times"] == 1
    assert int(stats["stored"]["oldest"]) == NOW
    assert int(stats["stored"]["newest"]) <= (time.time_ns() if first else NOW + 20 * MS)
    listed = get(client, "/api/traces")["traces"]
    assert {(t["start"], t["duration"]) for t in listed} == {(str(NOW), 20 * MS)}
    after = get(client, "/api/summary"), get(client, "/api/series", buckets=10)
    assert [after[0][name] for name in numbers] == [before[0][name] for name in numbers]
    for name in ("begin", "step", "bars", "duration", "mean", "max"):
        assert after[1][name] == before[1][name]
    [route] = get(client, "/api/routes")["routes"]
    assert route["mean"] == 20 * MS

    trace = get(client, f"/api/trace/{8:032x}")
    columns = trace["columns"]
    row = columns["id"].index(f"{BAD:016x}")
    assert (trace["t0"], trace["duration"]) == (str(NOW), 20 * MS)
    assert (columns["start"][row], columns["duration"][row]) == (5 * MS, 0)
    assert columns["self"][:2] == [10 * MS, 10 * MS]
    assert [(odd["kind"], odd["span"]) for odd in trace["odd"]] == [
        ("impossible_time", f"{BAD:016x}")
    ]
    nodes = {node["name"]: node for node in get(client, "/api/graph", by="operation")["nodes"]}
    assert nodes[f"op{BAD}"]["calls"] == 1
    assert nodes[f"op{BAD}"]["own_mean"] == 0
    assert get(client, f"/api/trace/{8:032x}/insight")["skew"] == []
    for query in ("span.duration:>1s", "duration:>1s", "duration:<1ms"):
        assert get(client, "/api/traces", q=query)["matched"] == 0


def test_a_root_is_shown_around_its_children_and_has_no_duration(
    client: FlaskClient, example: str
) -> None:
    times = IMPOSSIBLE[example]
    send(client, 7, (ROOT, 0, NOW, 40 * MS))
    send(client, 8, (ROOT, 0, *times), (CHILD, ROOT, NOW + 5 * MS, 10 * MS))
    found = get(client, f"/api/trace/{8:032x}/summary")
    assert found["root_received"]
    assert (found["start"], found["duration"]) == (str(NOW + 5 * MS), 10 * MS)
    assert get(client, f"/api/trace/{8:032x}")["columns"]["duration"] == [10 * MS, 10 * MS]
    found = get(client, "/api/traces", q="root.duration:>=0ms")["traces"]
    assert [trace["trace_id"] for trace in found] == [f"{7:032x}"]
    [route] = get(client, "/api/routes")["routes"]
    assert (route["traces"], route["mean"], route["duration"]["p50"]) == (2, 40 * MS, 40 * MS)


def test_a_whole_trace_is_where_it_was_received(client: FlaskClient, example: str) -> None:
    times = IMPOSSIBLE[example]
    send(client, 7, *good())
    send(client, 8, (ROOT, 0, *times), (CHILD, ROOT, *times))
    found = get(client, f"/api/trace/{8:032x}/summary")
    assert abs(int(found["start"]) - time.time_ns()) < DAY
    assert found["duration"] == 0
    summary = get(client, "/api/summary")
    assert (summary["traces"], summary["p50"], summary["slowest"]) == (2, 20 * MS, f"{7:032x}")
    for query in ("duration:<100s", "span.duration:<100s", "duration:>9s", "span.duration:>9s"):
        ids = [trace["trace_id"] for trace in get(client, "/api/traces", q=query)["traces"]]
        assert f"{8:032x}" not in ids
    assert len(get(client, f"/api/trace/{8:032x}")["odd"]) == 2
    detail = get(client, f"/api/trace/{8:032x}/span/{CHILD:016x}")
    assert int(detail["start"]) == max(-(2**62), min(2**62 - 1, times[0]))


@pytest.mark.parametrize(
    ("start", "duration", "impossible"),
    [
        (NOW - 20 * 366 * DAY, 5 * MS, False),  # an import of what is twenty years old
        (NOW - DAY, DAY, False),
        (NOW + DAY // 2, 0, False),  # a clock in another time zone
        (NOW, 2 * DAY, True),
        (impossible_time.EARLIEST_START_NS, 0, False),
        (impossible_time.EARLIEST_START_NS - 1, 0, True),
        (NOW - 2 * impossible_time.MAX_DURATION_NS, impossible_time.MAX_DURATION_NS, False),
        (NOW - 2 * impossible_time.MAX_DURATION_NS, impossible_time.MAX_DURATION_NS + 1, True),
    ],
    ids=range(8),
)
def test_what_is_only_old_is_possible(start: int, duration: int, impossible: bool) -> None:
    span = Span(1, 0, "web", "op", "res", "", start, duration)
    assert has_impossible_time(span, NOW) == impossible
