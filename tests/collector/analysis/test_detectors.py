"""Detectors name a problem with its evidence, and are silent about healthy traces.

The traces are those of the app with one bottleneck each, in miniature.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from collector.analysis.detectors import Finding, detect
from collector.analysis.detectors.finding import brief, ms
from collector.analysis.span_keys import Operation
from collector.analysis.trace import read_trace
from collector.model import Event, Span
from tests.collector.analysis.traces import MS, heaps, span, traces


def found(*spans: Span) -> list[Finding]:
    return detect(read_trace("0" * 32, spans))


def the_finding(*spans: Span) -> Finding:
    [finding] = found(*spans)
    return finding


def kinds(*spans: Span) -> list[str]:
    return [finding.kind for finding in found(*spans)]


def handler(end: float) -> Span:
    return span(1, 0, 0, end, "flask.request", resource="GET /pair/beer", kind="server")


def calls(
    count: int,
    each: float = 2,
    gap: float = 0,
    first: int = 100,
    start: float = 1,
    name: str = "sqlalchemy.query",
    service: str = "db",
    resource: str = "SELECT baker",
    type: str = "sql",
    kind: str = "",
    error: int = 0,
) -> list[Span]:
    """Calls of one operation by the handler, one after another."""
    times = [start + i * (each + gap) for i in range(count)]
    return [
        span(first + i, 1, at, at + each, name, service, resource, type, kind, error)
        for i, at in enumerate(times)
    ]


def test_n_plus_one() -> None:
    finding = the_finding(handler(200), *calls(60))
    assert finding.kind == "n_plus_one"
    assert finding.what == (
        "sqlalchemy.query SELECT baker × 60, one after another, takes 120 ms of 200 ms; the longest"
        " of them takes 2 ms, and so might one call for all"
    )
    assert finding.cost == 118 * MS
    assert finding.spans == list(range(100, 160))
    assert finding.lesson == "12-batch"


def test_a_comb_of_redis_gets_is_one_as_well() -> None:
    gets = calls(56, 0.5, name="redis.command", service="redis", resource="GET", type="redis")
    assert kinds(handler(35), *gets) == ["n_plus_one"]


@pytest.mark.parametrize(
    "queries",
    [
        calls(4, each=10),
        calls(60, each=0.01),
        calls(60, each=2, gap=-2),
        [q for i in range(9) for q in calls(1, start=2 * i, resource=f"SELECT {i}", first=i + 9)],
    ],
    ids=["few", "quick", "side by side", "all different"],
)
def test_no_n_plus_one(queries: list[Span]) -> None:
    assert "n_plus_one" not in kinds(handler(200), *queries)


def tastes(count: int, gap: float = 1) -> list[Span]:
    """Calls of 40 ms to the taster, which takes each one on after 3 ms."""
    clients = calls(
        count,
        40,
        gap,
        name="requests.request",
        service="web",
        resource="GET /taste",
        type="http",
        kind="client",
    )
    servers = [
        Span(
            client.span_id + 1000,
            client.span_id,
            "taster",
            "flask.request",
            "GET /taste",
            "http",
            client.start + 3 * MS,
            client.duration - 5 * MS,
            0,
            {"span.kind": "server"},
        )
        for client in clients
    ]
    return clients + servers


def test_a_staircase_of_tastes() -> None:
    finding = the_finding(handler(500), *tastes(12))
    assert finding.kind == "sequential_fan_out"
    assert finding.what == (
        "requests.request GET /taste × 12, one after another, takes 480 ms of 500 ms; side by side"
        " it would take 40 ms, as long as the longest"
    )
    assert finding.cost == 440 * MS
    assert finding.lesson == "13-parallelize"


def test_no_staircase_where_calls_overlap_or_hardly_matter() -> None:
    assert kinds(handler(60), *tastes(12, gap=-39.5)) == []
    assert "sequential_fan_out" not in kinds(handler(10_000), *tastes(12))
    assert kinds(handler(100), *tastes(2)) == []


@pytest.mark.parametrize(
    ("behind", "words"), [(1, ", behind 1 other"), ("1", ", behind 1 other"), (0, ""), (None, "")]
)
def test_waiting_behind_one_other_or_nobody(behind: int | str | None, words: str) -> None:
    tags = {} if behind is None else {"waiting_behind": behind}
    finding = the_finding(
        span(1, 0, 0, 230, "flask.request", "taster", "GET /taste", kind="server"),
        span(2, 1, 0, 200, "palate.wait", "taster", **tags),
        span(3, 1, 200, 225, "palate.taste", "taster"),
    )
    assert finding.what.endswith(f"25 ms of palate.taste{words}")


def test_waiting_for_a_turn() -> None:
    finding = the_finding(
        span(1, 0, 0, 230, "flask.request", "taster", "GET /taste", kind="server"),
        span(2, 1, 0, 200, "palate.wait", "taster", waiting_behind=4, holder__trace_id="ab"),
        span(3, 1, 200, 225, "palate.taste", "taster"),
    )
    assert finding.kind == "wait_before_work"
    assert finding.what == (
        "200 ms of 230 ms is spent in palate.wait; at worst 200 ms before 25 ms of palate.taste,"
        " behind 4 others (held by trace ab)"
    )
    assert finding.lesson == "15-contention"


def test_a_short_wait_or_one_for_another_request_s_answer_is_not_named() -> None:
    wait, taste = span(2, 1, 0, 5, "palate.wait"), span(3, 1, 5, 90, "palate.taste")
    assert kinds(handler(100), wait, taste) == []
    assert kinds(handler(100), span(2, 1, 0, 95, "pairing.wait")) == []


def queued(gap: float, ahead: float = 0) -> list[Span]:
    """A client's call that the server takes on after a gap; its clock may be ahead."""
    server = span(2, 1, gap + ahead, gap + ahead + 30, "f", "taster", "GET /taste", kind="server")
    return [span(1, 0, 0, gap + 32, "requests.request", kind="client"), server]


def test_a_queue_in_front_of_the_server() -> None:
    finding = the_finding(*queued(gap=50))
    assert finding.kind == "queue_at_server"
    assert finding.what == (
        "taster took GET /taste on 50 ms after it was sent, and then needed 30 ms; such gaps take"
        " 50 ms of 82 ms"
    )
    assert finding.cost == 50 * MS


def test_no_queue_where_connecting_takes_a_moment_or_clocks_disagree() -> None:
    assert kinds(*queued(gap=15)) == []
    assert kinds(*queued(gap=25, ahead=1000)) == []


def timeouts(count: int, each: float = 1004, gap: float = 1) -> list[Span]:
    return calls(
        count,
        each,
        gap,
        name="requests.request",
        service="web",
        resource="GET /taste",
        type="http",
        kind="client",
        error=1,
    )


def test_retries_at_once_and_a_round_timeout() -> None:
    storm, timeout = found(handler(3100), *timeouts(3))
    assert storm.kind == "retry_storm"
    assert storm.what == (
        "requests.request GET /taste failed 3 times in a row, tried again at once each time, for"
        " 3.01 s of 3.1 s"
    )
    assert timeout.kind == "round_timeout"
    assert timeout.what == (
        "requests.request GET /taste failed 3 times after 1 s, a timeout that looks guessed; that"
        " is 3.01 s of 3.1 s"
    )
    assert {storm.lesson, timeout.lesson} == {"15-contention"}


def test_no_storm_where_one_backs_off_and_no_timeout_where_it_is_measured() -> None:
    assert kinds(handler(1200), *timeouts(3, each=173, gap=200)) == []


def test_an_answer_made_in_one_piece() -> None:
    menu = span(1, 0, 0, 350, "flask.request", resource="GET /menu", kind="server")
    finding = the_finding(menu, span(2, 1, 1, 3, "query", "db", type="sql"))
    assert finding.kind == "childless_work"
    assert finding.what == (
        "web spends the last 347 ms of GET /menu (350 ms) without a child: nothing says on what"
    )
    assert finding.lesson == "16-stream"


@pytest.mark.parametrize(("sent", "alone"), [(20, None), (340, 337), (900, 347)])
def test_what_a_server_does_after_the_first_byte_keeps_nobody_waiting(
    sent: int, alone: int | None
) -> None:
    menu = span(1, 0, 0, 350, "flask.request", resource="GET /menu", kind="server")
    menu.events = (Event(menu.start + sent * MS, "http.response.first_byte"),)
    late = span(3, 1, 345, 349, "query", "db", type="sql")
    findings = found(menu, span(2, 1, 1, 3, "query", "db", type="sql"), *[late] * (sent == 340))
    assert [each.cost for each in findings] == ([] if alone is None else [alone * MS])


def test_a_little_work_at_the_end_is_not_named() -> None:
    assert kinds(handler(100), span(2, 1, 1, 60, "match")) == []
    assert kinds(handler(40)) == []


def test_one_fat_query() -> None:
    reviews = span(2, 1, 1, 46, "sqlalchemy.query", "db", "SELECT\n  review", "sql", rows=50)
    finding = the_finding(handler(50), reviews)
    assert finding.kind == "fat_query"
    assert finding.what == (
        "sqlalchemy.query SELECT review takes 45 ms of 50 ms by itself, for 50 rows"
    )
    assert kinds(handler(50), *calls(1, each=19)) == []
    looked_up = span(2, 1, 1, 46, "redis.command", "redis", "GET", "redis")
    assert kinds(handler(50), looked_up) == [], "no index makes a look-up by key faster"


def test_the_costliest_comes_first() -> None:
    spans = [handler(700), *calls(60, start=500), *tastes(12)]
    assert kinds(*spans) == ["sequential_fan_out", "n_plus_one"]


def test_the_cured_app_is_healthy() -> None:
    """A pairing as it is after lesson 16: joined, batched, side by side."""
    assert (
        kinds(
            span(1, 0, 0, 70, "locust.request", "locust", "GET /pair/beer", kind="client"),
            span(2, 1, 2, 68, "flask.request", "web", "GET /pair/beer", kind="server"),
            span(3, 2, 4, 7, "sqlalchemy.query", "db", "SELECT beer", "sql"),
            span(4, 2, 8, 11, "sqlalchemy.query", "db", "SELECT donut JOIN baker", "sql"),
            span(5, 2, 12, 14, "redis.command", "redis", "MGET", "redis"),
            span(6, 2, 15, 66, "requests.request", "web", "POST /taste", "http", "client"),
            span(7, 6, 18, 65, "flask.request", "taster", "POST /taste", "http", "server"),
            span(8, 7, 18, 18.1, "palate.wait", "taster"),
            *(span(20 + i, 7, 19 + i / 10, 44 + i, "palate.taste", "taster") for i in range(12)),
        )
        == []
    )


def test_durations_and_names_are_short() -> None:
    assert (ms(1.234e6), ms(2.5e9), ms(123.4e6)) == ("1.23 ms", "2.5 s", "123 ms")
    assert brief(Operation("web", "redis.command", "GET")) == "redis.command GET"
    assert brief(Operation("web", "match", "match")) == "match"
    assert len(brief(Operation("web", "q", "SELECT " + "x" * 100))) == 60


@settings(max_examples=300)
@given(heaps() | traces())
def test_any_trace_can_be_looked_at(spans: list[Span]) -> None:
    for finding in found(*spans):
        assert finding.what
        assert set(finding.spans) <= {s.span_id for s in spans}
