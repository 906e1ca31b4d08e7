"""Problems that only many traces together show, and silence about caches that do their work."""

from __future__ import annotations

import pytest

from collector.analysis.cache_lookups import FAILED, HIT, MISS, WAIT, LookupInTrace, lookups
from collector.analysis.detectors import CrossTraceFinding, detect_across_traces
from collector.analysis.trace import Trace, read_trace
from collector.model import TagValue
from tests.collector.analysis.traces import MS, SOME_TIME, span


def pairing(
    number: int, start: int, lasts: int, hit: str = "false", beer: str = "ipa", waits: bool = False
) -> Trace:
    """A request that looks its answer up, and computes it or waits for somebody who does."""
    tags: dict[str, TagValue] = {"cache.hit": hit, "beer.name": beer, "url.path": "/pair/beer"}
    root = span(1, 0, start, start + lasts, "flask", "web", "GET /pair", kind="server")
    root.tags.update(tags)
    root.tags["beer.hops"] = number % 3  # a measurement
    work = span(2, 1, start + 1, start + lasts, "pairing.wait" if waits else "match")
    return read_trace(f"{number:032x}", [root, work])


def found(*traces: Trace) -> dict[str, CrossTraceFinding]:
    seen = [
        LookupInTrace(lookup, trace.trace_id, trace.weight)
        for trace in traces
        for lookup in lookups(trace)
    ]
    return {finding.kind: finding for finding in detect_across_traces(seen)}


def test_a_cache_that_never_keeps_anything_is_named() -> None:
    asked = [("ipa", 100), ("stout", 200), ("ipa", 120), ("ipa", 80), ("stout", 200)]
    traces = [
        pairing(number, 1000 * number, lasts, beer=beer)
        for number, (beer, lasts) in enumerate([*asked, *asked], 1)
    ]
    findings = found(*traces)
    assert set(findings) == {"never_cached"}
    one = findings["never_cached"]
    assert one.traces == 8 * 1000
    assert one.cost == (2 * (100 + 200 + 120 + 80 + 200) - 100 - 200) * MS * 1000
    assert one.lesson == "14-cache"
    assert one.what == (
        "computed 10 times, of which 8 times what had been computed before, for 1.1 s in all; the"
        " cache had it 0 times. The same thing (ipa) was computed 6 times"
    )
    assert one.span_id == 1


@pytest.mark.parametrize(
    ("what", "traces"),
    [
        ("a cache that works", [(n, 1000 * n, 5, "true" if n % 9 else "false") for n in range(99)]),
        ("other questions", [(n, 1000 * n, 50, "false", f"beer {n}") for n in range(99)]),
        ("too few", [(n, 1000 * n, 50) for n in range(5)]),
    ],
)
def test_a_healthy_cache_is_not_named(
    what: str, traces: list[tuple[int, int, int, str, str]]
) -> None:
    assert found(*[pairing(*each) for each in traces]) == {}, what


def test_one_that_could_not_be_answered_is_not_a_miss() -> None:
    traces = [pairing(number, 1000 * number, 50, beer="nonsense") for number in range(1, 30)]
    for trace in traces:
        trace.tree.spans[0].tags["http.response.status_code"] = "404"
    assert [each.outcome for each in lookups(traces[0])] == [FAILED]
    assert found(*traces) == {}


def expiring(waits: bool) -> list[Trace]:
    """Ten that are answered from a cache, it expires, four come at once, and ten again."""
    hits = [pairing(number, 10 * number, 3, "true") for number in range(1, 11)]
    crowd = [pairing(20 + n, 200 + n, 100 - n, waits=waits and n > 0) for n in range(4)]
    later = [pairing(number, 300 + 10 * number, 3, "true") for number in range(30, 40)]
    return [*hits, *crowd, *later]


def test_a_stampede_is_named_and_a_single_flight_is_not() -> None:
    findings = found(*expiring(waits=False))
    assert set(findings) == {"stampede"}
    one = findings["stampede"]
    assert one.traces == 3 * 1000
    assert one.cost == (99 + 98 + 97) * MS * 1000
    assert one.what == (
        "4 traces computed the same (ipa) at the same time, all begun within 3 ms while the first"
        " took 100 ms; one could have done it for all. That happened 1 time"
    )
    assert one.trace_id == f"{20:032x}"
    assert found(*expiring(waits=True)) == {}


def test_what_expires_alone_is_not_a_stampede() -> None:
    hits = [pairing(number, 1000 * number, 3, "true") for number in range(1, 50)]
    misses = [pairing(100 + n, 5000 + 1000 * n, 100) for n in range(10)]
    assert found(*hits, *misses) == {}


def test_waiting_for_somebody_else_is_an_outcome_of_its_own() -> None:
    outcomes = [
        lookups(each)[0].outcome
        for each in (
            pairing(1, 0, 9, "true"),
            pairing(2, 0, 9),
            pairing(3, 0, 9, waits=True),
        )
    ]
    assert outcomes == [HIT, MISS, WAIT]


@pytest.mark.parametrize(
    ("children", "outcome"),
    [
        ([("redis.command", 0, 4), ("pairing.wait", 4, 6)], WAIT),
        ([("db.pool.wait", 0, 7), ("beer.query", 7, 9)], MISS),
        ([("pairing.wait", 0, 2)], MISS),
        ([], MISS),
    ],
    ids=["a short wait at the end", "a wait for a connection", "work after the wait", "nothing"],
)
def test_a_request_that_ends_in_a_wait_took_what_somebody_else_computed(
    children: list[tuple[str, int, int]], outcome: int
) -> None:
    root = span(1, 0, 0, 10, "flask", "web", "GET /pair", kind="server", cache__hit="false")
    below = [span(2 + n, 1, *times, name) for n, (name, *times) in enumerate(children)]
    (lookup,) = lookups(read_trace("1" * 32, [root, *below]))
    assert lookup.outcome == outcome


def test_circumstances_and_measurements_do_not_change_the_question() -> None:
    one, other = pairing(1, 0, 9), pairing(2, 50, 7)
    other.tree.spans[0].tags.update({"version": "step-9", "server.address": "::1", "rows": 3})
    [mine], [theirs] = lookups(one), lookups(other)
    assert mine.cache_key == theirs.cache_key
    assert mine.label == "ipa"
    [stout] = lookups(pairing(3, 0, 9, beer="stout"))
    assert stout.cache_key != mine.cache_key
    assert mine.start == SOME_TIME
