"""Each planted bottleneck shows in a trace, and its dial removes it without changing an answer."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, product

import pytest
import redis
import requests

from tests.services.pair import Pair
from tests.services.sink import Span, Trace, end, tag

NO_DELAYS = {
    "TASTE_MS": 2,
    "CONNECT_MS": 0,
    "SQL_ROUND_TRIP_MS": 0,
    "REDIS_ROUND_TRIP_MS": 0,
    "MENU_PAGE_MS": 0,
}


IPA = {"donut": "orange blossom", "baker": "Azahar Petal", "score": 93.0}


@pytest.fixture(autouse=True)
def quick(pair: Pair) -> Iterator[None]:
    """Turn off delays: most of these tests look at shapes, not at times."""
    with pair.turned(**NO_DELAYS):
        yield


def at_once(pair: Pair, *paths: str) -> list[requests.Response]:
    """GET paths of web at the same time, each on its own connection."""

    def get(path: str) -> requests.Response:
        return requests.get(pair.web.url + path, timeout=60)

    with ThreadPoolExecutor(len(paths)) as pool:
        return list(pool.map(get, paths))


def lies_in(span: Span, other: Span) -> bool:
    """Return whether a span begins and ends within another one."""
    return other["start"] <= span["start"] and end(span) <= end(other)


def overlap(spans: list[Span]) -> bool:
    """Return whether any two of the spans overlap in time."""
    ordered = sorted(spans, key=lambda span: span["start"])
    return any(end(one) > two["start"] for one, two in pairwise(ordered))


def statements(trace: Trace) -> Counter[str]:
    return Counter(
        statement.split("FROM ")[1].split()[0]
        for statement in trace.resources("sqlalchemy.query").elements()
    )


def test_all_spans_of_one_trace(pair: Pair) -> None:
    pair.get("/pair/beer?name=ipa")  # the first one fills Redis, which was emptied
    _, trace = pair.traced("/pair/beer?name=ipa")
    names = Counter(span["name"] for span in trace.spans)
    assert names == {
        "flask.request": 13,
        "requests.request": 12,
        "palate.wait": 12,
        "palate.taste": 12,
        "sqlalchemy.query": 62,
        "redis.command": 57,
        "beer.query": 1,
        "donuts.query": 1,
        "match": 1,
    }
    assert Counter(span["service"] for span in trace.spans) == {
        "web": 14,
        "taster": 36,
        "db": 64,
        "redis": 57,
    }
    assert (trace.root["resource"], trace.root["service"]) == ("GET /pair/beer", "web")


def test_1_a_query_for_each_baker(pair: Pair) -> None:
    before, trace = pair.traced("/pair/beer?name=ipa")
    assert statements(trace) == {"beer": 1, "donut": 1, "baker": 60}
    with pair.turned(BAKERS_JOINED=1):
        after, trace = pair.traced("/pair/beer?name=ipa")
    assert statements(trace) == {"beer": 1, "donut": 1}
    assert after == before


@pytest.mark.parametrize("path", ["/menu", "/donuts", "/donuts/jelly", "/beers", "/beers/ipa"])
def test_1_joining_bakers_changes_no_other_answer(pair: Pair, path: str) -> None:
    with pair.turned(MENU_PAGE_MS=0):
        before = pair.get(path)
        with pair.turned(BAKERS_JOINED=1):
            after = pair.get(path)
    assert (after.status_code, after.content) == (before.status_code, before.content)
    assert after.status_code == 200


def test_2_a_get_for_each_opinion(pair: Pair) -> None:
    before, trace = pair.traced("/pair/beer?name=ipa")
    assert trace.resources("redis.command") == {"GET": 57}
    with pair.turned(OPINIONS_AT_ONCE=1):
        after, trace = pair.traced("/pair/beer?name=ipa")
    assert trace.resources("redis.command") == {"GET": 1, "MGET": 1}
    assert after == before


@pytest.mark.parametrize(("at_once", "commands"), [(0, {"GET": 57}), (1, {"GET": 1, "MGET": 1})])
def test_2_an_empty_redis_is_filled_once(
    pair: Pair, redis_url: str, at_once: int, commands: dict[str, int]
) -> None:
    with pair.turned(OPINIONS_AT_ONCE=at_once), redis.from_url(redis_url) as wiped:
        wiped.flushdb()
        before, trace = pair.traced("/pair/beer?name=ipa")
    assert trace.resources("redis.command") == {**commands, "PIPELINE SET": 1}
    assert before["match"] == IPA


def test_3_a_call_for_each_candidate(pair: Pair) -> None:
    before, trace = pair.traced("/pair/beer?name=ipa")
    assert trace.resources("requests.request") == {"GET /taste": 12}
    with pair.turned(TASTES_AT_ONCE=1):
        after, trace = pair.traced("/pair/beer?name=ipa")
        assert trace.resources("requests.request") == {"POST /taste": 1}
        assert len(trace.named("palate.taste")) == 12
        with pair.turned(TASTE_TIMEOUT_S=0.2, THAW_MS=240):
            barleywine, trace = pair.traced("/pair/beer?name=barleywine")
        assert trace.resources("requests.request") == {"POST /taste": 1, "GET /taste": 3}
    assert after == before
    assert len(barleywine["untasted"]) == 1


def test_3_a_new_connection_costs_a_handshake_and_a_kept_one_does_not(pair: Pair) -> None:
    def greet(session: requests.Session) -> float:
        began = time.perf_counter()
        session.get(f"{pair.taster.url}/ping", timeout=10)
        return time.perf_counter() - began

    with pair.turned(CONNECT_MS=200), requests.Session() as session:
        assert greet(session) > 0.15
        assert min(greet(session) for _ in range(3)) < 0.15


def test_4_one_taste_after_another(pair: Pair) -> None:
    before, trace = pair.traced("/pair/beer?name=ipa")
    assert not overlap(trace.named("requests.request"))
    with pair.turned(TASTE_THREADS=12, PALATES=12, TASTER_WORKERS=12, TASTE_MS=20):
        after, trace = pair.traced("/pair/beer?name=ipa")
        assert overlap(trace.named("palate.taste"))
        assert after == before
        with pair.turned(TASTES_AT_ONCE=1, PALATES=1):
            after, trace = pair.traced("/pair/beer?name=ipa")
            assert overlap(trace.named("palate.taste")), "one request has the palate to itself"
    assert after == before


def test_5_every_pairing_is_computed_again(pair: Pair) -> None:
    for _ in range(2):
        before, trace = pair.traced("/pair/beer?name=saison")
        assert tag(trace.root, "cache.hit") == "false"
    with pair.turned(PAIRING_CACHE_S=1):
        first, _ = pair.traced("/pair/beer?name=saison")
        after, trace = pair.traced("/pair/beer?name=saison")
        assert tag(trace.root, "cache.hit") == "true"
        assert len(trace.spans) == 2
        time.sleep(1.1)
        assert tag(pair.traced("/pair/beer?name=saison")[1].root, "cache.hit") == "false"
    assert tag(pair.traced("/pair/beer?name=saison")[1].root, "cache.hit") == "false"
    assert first == after == before


def test_5_an_incomplete_answer_is_not_kept(pair: Pair) -> None:
    with pair.turned(PAIRING_CACHE_S=1, TASTE_TIMEOUT_S=0.1, THAW_MS=150):
        for _ in range(2):
            _, trace = pair.traced("/pair/beer?name=barleywine")
            assert tag(trace.root, "cache.hit") == "false"


@pytest.mark.parametrize(("single_flight", "computed"), [(0, 5), (1, 1)])
def test_6_a_stampede_when_a_pairing_expires(pair: Pair, single_flight: int, computed: int) -> None:
    with pair.turned(
        PAIRING_CACHE_S=0.001, SINGLE_FLIGHT=single_flight, TASTE_MS=10, DB_POOL_SIZE=8
    ):
        answers = at_once(pair, *["/pair/beer?name=gose"] * 5)
    traces = [pair.sink.trace(answer) for answer in answers]
    assert sum(len(trace.named("match")) for trace in traces) == computed
    assert sum(len(trace.named("pairing.wait")) for trace in traces) == 5 - computed
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize(("palates", "wait"), [(1, True), (3, False)])
def test_7_one_palate_for_everybody(pair: Pair, palates: int, wait: bool) -> None:
    with pair.turned(PALATES=palates, TASTER_WORKERS=8, TASTE_MS=15):
        answers = at_once(pair, *[f"/pair/beer?name={beer}" for beer in ("ipa", "bock", "gose")])
        traces = [pair.sink.trace(answer) for answer in answers]
    waits = [span for trace in traces for span in trace.named("palate.wait")]
    behind = [span for span in waits if tag(span, "waiting_behind")]
    assert bool(behind) == wait
    ids = {span["trace_id"] for span in waits}
    for span in behind:
        assert int(tag(span, "holder.trace_id")[16:], 16) in ids - {span["trace_id"]}


@pytest.mark.parametrize(("workers", "gap"), [(1, True), (8, False)])
def test_8_few_workers_leave_a_gap_before_the_server_starts(
    pair: Pair, workers: int, gap: bool
) -> None:
    with pair.turned(TASTER_WORKERS=workers, PALATES=8, TASTE_MS=60):
        answers = at_once(pair, *[f"/pair/beer?name={beer}" for beer in ("ipa", "bock", "gose")])
        traces = [pair.sink.trace(answer) for answer in answers]
    gaps = []
    for trace in traces:
        served = {span["parent_id"]: span for span in trace.named("flask.request")[1:]}
        for call in trace.named("requests.request"):
            gaps.append((served[call["span_id"]]["start"] - call["start"]) / 1e9)
    gaps.sort()
    assert (gaps[len(gaps) // 2] > 0.05) == gap, gaps


def test_9_a_connection_held_while_tasting(pair: Pair) -> None:
    def tastes_waited_for() -> int:
        """Return how many tastes of another request one wait for a connection lasted, at most."""
        answers = at_once(pair, *["/pair/beer?name=ipa"] * 2, "/beers/ipa")
        assert [answer.json()["match"] for answer in answers[:2]] == [IPA, IPA]
        traces = [pair.sink.trace(answer) for answer in answers]
        waits = [wait for trace in traces for wait in trace.named("db.pool.wait")]
        tastings = [trace.named("requests.request") for trace in traces]
        most = 0
        for wait, tasting in product(waits, tastings):
            most = max(most, sum(lies_in(taste, wait) for taste in tasting))
        return most

    with pair.turned(DB_POOL_SIZE=1, TASTE_MS=30, BAKERS_JOINED=1):
        assert tastes_waited_for() > 6, "of twelve: one request was tasting"
        with pair.turned(RELEASE_CONNECTION=1):
            assert tastes_waited_for() < 6


def test_10_three_attempts_one_right_after_the_other(pair: Pair) -> None:
    with pair.turned(TASTE_TIMEOUT_S=0.2, THAW_MS=240):
        _, trace = pair.traced("/pair/beer?name=barleywine")
        late = [span for span in trace.named("requests.request") if span.get("error")]
        assert len(late) == 3
        assert all(span["duration"] > 0.19e9 for span in late)
        with pair.turned(ATTEMPTS=1):
            _, trace = pair.traced("/pair/beer?name=barleywine")
    assert len([span for span in trace.named("requests.request") if span.get("error")]) == 1


def test_11_reviews_without_an_index(pair: Pair) -> None:
    def longest() -> float:
        """Return the longest query of the fastest of three, so that a busy machine matters less."""
        traces = [pair.traced("/beers/ipa/reviews")[1] for _ in range(3)]
        return min(
            max(span["duration"] for span in trace.named("sqlalchemy.query")) for trace in traces
        )

    slow = longest()
    with pair.turned(REVIEWS_INDEX=1):
        assert longest() < slow / 3


def test_12_the_first_byte_of_the_menu_comes_with_the_last(pair: Pair) -> None:
    def first_share() -> float:
        """Return the share of the time for the whole menu after which its first byte came."""
        began = time.perf_counter()
        with requests.get(f"{pair.web.url}/menu", stream=True, timeout=30) as answer:
            chunks = answer.raw.stream(1024)
            next(chunks)
            first = time.perf_counter() - began
            for _ in chunks:
                pass
            return first / (time.perf_counter() - began)

    with pair.turned(MENU_PAGE_MS=10):
        assert first_share() > 0.6
        with pair.turned(MENU_STREAM=1):
            assert first_share() < 0.4


@pytest.mark.parametrize(
    ("dial", "name", "low", "high"),
    [
        ("SQL_ROUND_TRIP_MS", "sqlalchemy.query", 1, 12),
        ("REDIS_ROUND_TRIP_MS", "redis.command", 1, 12),
        ("TASTE_MS", "palate.taste", 1, 12),
    ],
)
def test_a_delay_is_inside_of_the_span_that_it_slows_down(
    pair: Pair, dial: str, name: str, low: float, high: float
) -> None:
    with pair.turned(**{dial: high}):
        _, trace = pair.traced("/pair/beer?name=ipa")
    shortest = min(span["duration"] / 1e6 for span in trace.named(name))
    assert high * 0.85 < shortest < high * 2


def test_an_mget_and_a_pipeline_pay_for_one_round_trip(pair: Pair) -> None:
    with pair.turned(REDIS_ROUND_TRIP_MS=20, OPINIONS_AT_ONCE=1):
        _, trace = pair.traced("/pair/beer?name=ipa")
    (mget,) = [span for span in trace.named("redis.command") if span["resource"] == "MGET"]
    assert 0.015e9 < mget["duration"] < 57 * 0.015e9 / 2
