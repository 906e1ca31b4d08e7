"""The API agrees with a second computation, made from docs/analysis.md alone.

`INDEPENDENT_EXAMPLES=2000` looks at that many random sets of traces instead of a few.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient

from tests.collector.independent.random_traces import random_traces
from tests.collector.independent.replayed import replayed
from tests.collector.independent.spans import Span
from tests.collector.independent.times import Section, self_time
from tests.collector.independent.totals import (
    Node,
    Trace,
    Weighted,
    by_operation,
    by_path,
    by_service,
    durations,
    grouped,
    mean,
    nodes,
    percentile,
    weight_of,
)
from tests.collector.stores import CLICKHOUSE

EXAMPLES = range(int(os.environ.get("INDEPENDENT_EXAMPLES", "30")))
PERCENTS = (50, 95, 99)
Ask = Callable[..., Any]


class World(NamedTuple):
    """A set of traces that the collector has, and what finds them."""

    q: str
    traces: list[Trace]
    ask: Ask


@pytest.fixture(scope="module")
def world(client: FlaskClient, store_kind: str, example: int) -> World:
    """Random traces, of which some spans come late: after the collector was asked once."""

    def ask(path: str, **parameters: object) -> Any:
        answer = client.get(path, query_string=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json

    q = f"world:{example}"
    sent = random_traces(example)
    early = [[s for i, s in enumerate(spans) if i % 3 != 1] for spans in sent]
    late = [spans[1::3] for spans in sent]
    for number in range(len(sent)):  # of a trace's clients one may know only half of its id
        parts = {2: early, 3: late}.get(sent[number][0].trace % 4)
        if parts is early and store_kind == CLICKHOUSE:
            continue  # a trace keeps the id that it is stored under: docs/scale.md
        if parts and any(span not in early[number] for span in late[number]):
            parts[number] = [replace(span, upper_half=0) for span in parts[number]]
    _send(client, early)
    ask("/api/routes", q=q)
    _send(client, late)
    return World(q, [Trace(spans) for spans in sent], ask)


def _send(client: FlaskClient, traces: list[list[Span]]) -> None:
    body = json.dumps([[span.as_sent() for span in spans] for spans in traces if spans])
    answer = client.put("/v0.4/traces", data=body, content_type="application/json")
    assert answer.status_code == 200, answer.text
    assert "rejected" not in (answer.json or {}), answer.text


def test_rows_and_self_times(world: World) -> None:
    for trace in world.traces:
        answer = world.ask(f"/api/trace/{trace.id}")
        columns, t0 = answer["columns"], int(answer["t0"])
        assert t0 == trace.start
        keys = ("id", "parent", "start", "duration", "self")
        assert list(zip(*(columns[key] for key in keys), strict=True)) == [
            (
                f"{place.span.id:016x}",
                trace.rows.index(place.parent) if place.parent else -1,
                place.start - t0,
                place.span.duration,
                self_time(place),
            )
            for place in trace.rows
        ], trace.id
        untimed = [row for row, place in enumerate(trace.rows) if place.span.claims]
        assert answer["untimed"] == untimed, trace.id
        asynchronous = [row for row, place in enumerate(trace.rows) if place.asynchronous]
        assert answer["asynchronous"] == asynchronous, trace.id


def test_critical_paths(world: World) -> None:
    for trace in world.traces:
        answer = world.ask(f"/api/trace/{trace.id}/insight")
        assert answer["critical_times"] == [trace.critical(place) for place in trace.rows], trace.id
        assert list(_joined(answer["critical"])) == list(_joined(_in_rows(trace))), trace.id


def _in_rows(trace: Trace) -> list[list[int]]:
    def in_row(section: Section) -> list[int]:
        place, since, until = section
        return [trace.rows.index(place), since - trace.start, until - trace.start]

    return [in_row(section) for section in trace.path]


def _joined(sections: list[list[int]]) -> Iterator[list[int]]:
    """Yield the sections, those of one row that follow each other as one."""
    for before, section in pairwise([[-1, 0, 0], *sections]):
        assert before[0] == -1 or before[2] == section[1], "they tile the root"
    joined: list[list[int]] = []
    for row, since, until in sections:
        if joined and joined[-1][0] == row:
            joined[-1][2] = until
        else:
            joined.append([row, since, until])
    yield from joined


def test_summary(world: World) -> None:
    answer = world.ask("/api/summary", q=world.q)
    assert answer["traces"] == len(world.traces)
    listed = {trace["trace_id"]: trace for trace in world.ask("/api/traces", q=world.q)["traces"]}
    for trace in world.traces:
        shown = listed.pop(trace.id)
        assert int(shown["start"]) == trace.start
        assert shown["duration"] == max(place.end for place in trace.rows) - trace.start
    assert not listed


def test_routes(world: World) -> None:
    answer = world.ask("/api/routes", q=world.q)
    by_route = grouped(world.traces, lambda trace: trace.route)
    starts = [trace.start for trace in world.traces]
    seconds = max(1.0, (max(starts) - min(starts)) / 1e9)
    in_all = sum(trace.duration * trace.weight for trace in world.traces)
    assert answer["sample"]["folded"] == len(world.traces)
    assert len(answer["routes"]) == len(by_route)
    for row in answer["routes"]:
        traces = by_route[row["service"], row["resource"]]
        took = sum(trace.duration * trace.weight for trace in traces)
        assert row["traces"] == float(weight_of(traces))
        assert row["errors"] == float(weight_of(trace for trace in traces if trace.failed))
        assert row["rate"] == pytest.approx(float(weight_of(traces)) / seconds)
        assert row["share"] == pytest.approx(float(took / in_all) if in_all else 0)
        _assert_durations(row, durations(traces))


def _assert_durations(row: dict[str, Any], values: Weighted) -> None:
    assert row["mean"] == pytest.approx(float(mean(values)), rel=1e-12)
    exact = [percentile(values, percent) for percent in PERCENTS]
    assert [row["duration"][f"p{percent}"] for percent in PERCENTS] == exact


def test_series(world: World) -> None:
    count = 10
    answer = world.ask("/api/series", q=world.q, buckets=count)
    starts = [trace.start for trace in world.traces]
    step = -(-(max(starts) + 1 - min(starts)) // count)
    assert (int(answer["begin"]), answer["step"]) == (min(starts), step)
    assert answer["max"] == max(trace.duration for trace in world.traces)
    _assert_durations(answer, durations(world.traces))
    at = grouped(world.traces, lambda trace: (trace.start - min(starts)) // step)
    for number, bucket in enumerate(answer["buckets"]):
        traces = at.get(number, [])
        assert _counts(bucket) == _weights(traces)
        exact = [percentile(durations(traces), p) if traces else None for p in PERCENTS]
        assert [bucket[f"p{percent}"] for percent in PERCENTS] == exact
    for bar in answer["histogram"]:
        within = [trace for trace in world.traces if _is_within(trace, bar)]
        assert _counts(bar) == _weights(within)
    cells = {(cell["bucket"], cell["bar"]): cell for cell in answer["cells"]}
    for bucket in range(count):
        for number, bar in enumerate(answer["bars"]):
            traces = [trace for trace in at.get(bucket, []) if _is_within(trace, bar)]
            cell = cells.pop((bucket, number), {"traces": 0, "errors": 0, "trace_id": ""})
            assert _counts(cell) == _weights(traces)
            longest = max((trace.duration for trace in traces), default=0)
            slowest = [trace.id for trace in traces if trace.duration == longest]
            assert cell["trace_id"] in (slowest or [""])
    assert not cells


def _counts(row: dict[str, Any]) -> tuple[float, float]:
    return row["traces"], row["errors"]


def _weights(traces: list[Trace]) -> tuple[float, float]:
    failed = [trace for trace in traces if trace.failed]
    return float(weight_of(traces)), float(weight_of(failed))


def _is_within(trace: Trace, bar: dict[str, int]) -> bool:
    """Tell whether a trace is in a bar; one of no length is in the first."""
    return bar["low"] < trace.duration <= bar["high"] or trace.duration == bar["low"] == 0


def test_graph(world: World) -> None:
    answer = world.ask("/api/graph", q=world.q, by="operation")
    names = {n["key"]: (n["service"], n["name"], n["resource"]) for n in answer["nodes"]}
    _assert_nodes(world, answer, names, by_operation)


def test_tree(world: World) -> None:
    answer = world.ask("/api/graph", q=world.q, by="path")
    operations = {n["key"]: (n["service"], n["name"], n["resource"]) for n in answer["nodes"]}
    caller_of = {edge["called"]: edge["caller"] for edge in answer["edges"]}

    def path(key: str) -> tuple[Hashable, ...]:
        return (*path(caller_of[key]), operations[key]) if key else ()

    _assert_nodes(world, answer, {key: path(key) for key in operations}, by_path)


def test_map(world: World) -> None:
    answer = world.ask("/api/map", q=world.q)
    names = {node["key"]: node["service"] for node in answer["nodes"]}
    _assert_nodes(world, answer, names, by_service)
    by_route = grouped(world.traces, lambda trace: trace.route)
    assert len(answer["bills"]) == len(by_route)
    for bill in answer["bills"]:
        traces = by_route[bill["service"], bill["resource"]]
        services = nodes(traces, by_service)
        assert bill["traces"] == float(weight_of(traces))
        assert bill["duration"] == pytest.approx(float(mean(durations(traces))), rel=1e-12)
        assert bill["services"].keys() == services.keys()
        for service, share in bill["services"].items():
            node = services[service]
            assert share["critical"] == pytest.approx(float(node.critical), rel=1e-12)
            assert share["own"] == pytest.approx(float(node.own), rel=1e-12)


def _assert_nodes(
    world: World, answer: Any, names: dict[str, Any], key_of: Callable[..., Hashable]
) -> None:
    expected = nodes(world.traces, key_of)
    in_all = weight_of(world.traces)
    mean_duration = mean(durations(world.traces))
    assert answer["count"] == len(world.traces)
    assert answer["traces"] == float(in_all)
    assert answer["mean"] == pytest.approx(float(mean_duration), rel=1e-12)
    assert sum(node.critical for node in expected.values()) == mean_duration
    assert Counter(names.values()) == Counter(expected.keys())
    for shown in answer["nodes"]:
        node = expected[names[shown["key"]]]
        assert shown["traces"] == float(node.traces)
        assert shown["share"] == pytest.approx(float(node.traces / in_all))
        assert shown["calls"] == float(node.calls)
        assert shown["errors"] == float(node.errors)
        assert shown["critical_mean"] == pytest.approx(float(node.critical), rel=1e-12)
        assert shown["own_mean"] == pytest.approx(float(node.own), rel=1e-12)
        _assert_near(shown["duration"], node.durations)
        _assert_near(shown["critical"], node.criticals)
    for edge in answer["edges"]:
        calls = expected[names[edge["called"]]].calls_by_caller
        assert edge["calls"] == float(calls.pop(names.get(edge["caller"])))
    assert not any(node.calls_by_caller for node in expected.values())


def _assert_near(shown: dict[str, int], values: Weighted) -> None:
    """Check percentiles that are read from bars: within 1 %, and rounded."""
    for percent in PERCENTS if values else ():
        exact = percentile(values, percent)
        assert abs(shown[f"p{percent}"] - exact) <= exact / 100 + 0.5


def test_compare(world: World) -> None:
    answer = world.ask("/api/compare", a_q=f"{world.q} side:a", b_q=f"{world.q} side:b")
    sides = [[t for t in world.traces if t.labels["side"] == side] for side in "ab"]
    mean_a, mean_b = (mean(durations(side)) for side in sides)
    assert (answer["mean_a"], answer["mean_b"]) == pytest.approx((float(mean_a), float(mean_b)))
    assert abs(answer["difference"] - (mean_b - mean_a)) <= Fraction(1, 2)
    assert sum(shift["difference"] for shift in answer["shifts"]) == answer["difference"]
    paths = [nodes(side, by_path) for side in sides]
    named = {tuple(_names(path)): path for side in paths for path in side}
    assert len(answer["shifts"]) == len(named)
    for shift in answer["shifts"]:
        path = named[tuple(shift["path"])]
        a, b = (
            side.get(path) or Node(traces, None, by_path)
            for side, traces in zip(paths, sides, strict=True)
        )
        _assert_shift(shift, a, b, *map(weight_of, sides))


def _names(path: Any) -> list[str]:
    return [" ".join(dict.fromkeys(operation)) for operation in path]


def _assert_shift(shift: Any, a: Node, b: Node, traces_a: Fraction, traces_b: Fraction) -> None:
    calls_a, calls_b = a.calls / traces_a, b.calls / traces_b
    assert (shift["calls_a"], shift["calls_b"]) == pytest.approx((float(calls_a), float(calls_b)))
    shown = (shift["critical_a"], shift["critical_b"])
    assert shown == pytest.approx((float(a.critical), float(b.critical)))
    assert abs(shift["difference"] - (b.critical - a.critical)) < 1
    assert shift["calls_effect"] + shift["per_call_effect"] == shift["difference"]
    prices = [
        node.critical / calls for node, calls in ((a, calls_a), (b, calls_b)) if calls
    ]  # what was never called has the other side's price
    effect = (calls_b - calls_a) * sum(prices) / len(prices)
    assert abs(shift["calls_effect"] - effect) <= Fraction(1, 2)


@pytest.mark.parametrize("factor", [0.0, 0.37, 2.5])
def test_what_if_by_a_factor(world: World, factor: float) -> None:
    operation = max(place.span.operation for trace in world.traces for place in trace.rows)
    change = dict(zip(("service", "name", "resource"), operation, strict=True))
    change |= {"way": "scale", "factor": factor}  # type: ignore[dict-item]
    answer = world.ask("/api/what-if", q=world.q, change=json.dumps(change))
    after = [(replayed(t.root, operation, factor), t.weight) for t in world.traces]
    _assert_flat(answer["measured"], durations(world.traces))
    _assert_flat(answer["predicted"], after)
    changed = [
        trace for trace, (new, _) in zip(world.traces, after, strict=True) if trace.duration != new
    ]
    concerned = weight_of(changed) / weight_of(world.traces)
    assert answer["concerned"] == pytest.approx(float(concerned))


def _assert_flat(row: dict[str, Any], values: Weighted) -> None:
    _assert_durations({"mean": row["mean"], "duration": row}, values)


def test_nothing_changed_is_what_was_measured(world: World) -> None:
    for trace in world.traces:
        assert replayed(trace.root, ("", "", ""), 0.5) == trace.duration, trace.id
