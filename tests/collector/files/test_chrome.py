"""Chrome's trace events: ours fit together on the screen, and other programs' become spans."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.tree import Tree, build_tree
from collector.files.file_import import FileImport
from collector.files.writers import chrome
from collector.impossible_time import EARLIEST_START_NS
from collector.model import Chunk, Event, Span
from tests.collector.random_spans import CHUNKS

Slices = dict[tuple[int, int], list[dict[str, Any]]]


def events_of(*traces: Chunk) -> list[dict[str, Any]]:
    return list(json.loads(b"".join(chrome.write(traces)))["traceEvents"])


def slices_of(events: list[dict[str, Any]]) -> Slices:
    slices: Slices = defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            slices[event["pid"], event["tid"]].append(event)
    return slices


BUSY = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from("ab"), st.integers(0, 20), st.integers(0, 20)),
    min_size=1,
    max_size=8,
).map(
    lambda rows: Chunk(
        "a" * 32,
        [
            Span(number, min(parent, number - 1), service, "op", "op", "", start, duration)
            for number, (parent, service, start, duration) in enumerate(rows, 1)
        ],
    )
)


@given(BUSY)
def test_what_shares_a_lane_is_nested_below_its_ancestor_or_apart(trace: Chunk) -> None:
    tree = build_tree(trace.spans)
    row_of = {f"{span.span_id:016x}": row for row, span in enumerate(tree.spans)}
    for slices in slices_of(events_of(trace)).values():
        rows = [row_of[event["args"]["id"]] for event in slices]
        for one, other in permutations(rows, 2):
            apart = tree.end[one] <= tree.start[other] or tree.end[other] <= tree.start[one]
            assert apart or is_within(tree, one, other) or is_within(tree, other, one)


def is_within(tree: Tree, one: int, other: int) -> bool:
    """Return whether a row is below another one, and runs while that does."""
    is_below = other < one < other + tree.size[other]
    return is_below and tree.start[other] <= tree.start[one] <= tree.end[one] <= tree.end[other]


@given(st.lists(CHUNKS, min_size=1, max_size=3, unique_by=lambda chunk: chunk.trace_id))
def test_processes_have_names_and_flows_begin_and_end(traces: list[Chunk]) -> None:
    events = events_of(*traces)
    named = {event["pid"] for event in events if event["name"] == "process_name"}
    assert {event["pid"] for event in events} <= named
    flows = [event for event in events if event["ph"] in "sf"]
    assert [event["ph"] for event in flows] == ["s", "f"] * (len(flows) // 2)


def test_traces_of_one_file_share_no_lane() -> None:
    traces = [
        Chunk(f"{number:032x}", [Span(1, 0, "web", "op", "op", "", 5, 9)]) for number in (1, 2)
    ]
    assert len(slices_of(events_of(*traces))) == 2


def read(*events: dict[str, Any]) -> tuple[list[Span], FileImport]:
    stored: list[Span] = []
    reading = FileImport(
        lambda chunks: stored.extend(span for chunk in chunks for span in chunk.spans),
        lambda trace_id: set(),
    )
    reading.feed(json.dumps(events).encode())
    reading.finish()
    return stored, reading


def test_events_of_other_programs_are_nested_by_their_times() -> None:
    on = {"pid": 1, "tid": 1}
    spans, _ = read(
        {"ph": "M", "name": "process_name", "pid": 1, "args": {"name": "renderer"}},
        {"ph": "X", "name": "outer", "ts": 10, "dur": 10, **on},
        {"ph": "X", "name": "inner", "ts": 12.5, "dur": 2, **on, "args": {"url": "a"}},
        {"ph": "X", "name": "elsewhere", "ts": 12, "dur": 2, "pid": 2, "tid": 1},
        {"ph": "B", "name": "begun", "ts": 15, **on},
        {"ph": "E", "ts": 19, **on, "args": {"rows": 3}},
        {"ph": "I", "name": "a moment", "ts": 16, **on},
    )
    tree = build_tree(spans)
    assert [(span.service, span.name, tree.depth[row]) for row, span in enumerate(tree.spans)] == [
        ("renderer", "trace events", 0),
        ("renderer", "outer", 1),
        ("renderer", "inner", 2),
        ("renderer", "begun", 2),
        ("process 2", "elsewhere", 1),
    ]
    begun = tree.spans[3]
    assert (begun.start, begun.duration, begun.tags["rows"]) == (at(15_000), 4_000, 3)
    assert tree.spans[2].start == at(12_500)


def at(nanoseconds: int) -> int:
    """Return a moment of a file that counts from the start of a program."""
    return EARLIEST_START_NS + nanoseconds


def test_times_that_count_from_the_start_of_a_program_are_believed() -> None:
    spans, _ = read({"ph": "X", "name": "op", "ts": 3, "dur": 2, "pid": 1, "tid": 1})
    assert [(span.start, span.duration, span.timed) for span in spans] == [
        (at(3_000), 2_000, True)
    ] * 2


def test_times_since_1970_stay_as_they_are() -> None:
    now_us = 1_700_000_000 * 10**6
    spans, _ = read({"ph": "X", "name": "op", "ts": now_us, "dur": 2, "pid": 1, "tid": 1})
    assert {span.start for span in spans} == {now_us * 1_000}


def test_asynchronous_events_are_nested_by_their_ids() -> None:
    spans, reading = read(
        {"ph": "b", "name": "load", "cat": "net", "id": "0x1", "pid": 1, "tid": 1, "ts": 10},
        {"ph": "b", "name": "other", "cat": "net", "id": "0x2", "pid": 1, "tid": 1, "ts": 11},
        {"ph": "b", "name": "connect", "cat": "net", "id": "0x1", "pid": 1, "tid": 2, "ts": 12},
        {"ph": "n", "name": "a moment", "cat": "net", "id": "0x1", "pid": 1, "ts": 13},
        {"ph": "e", "name": "connect", "cat": "net", "id": "0x1", "pid": 1, "tid": 3, "ts": 14},
        {"ph": "e", "name": "load", "cat": "net", "id": "0x1", "pid": 1, "tid": 1, "ts": 20},
        {"ph": "e", "name": "other", "cat": "net", "id": "0x2", "pid": 1, "tid": 1, "ts": 30},
        {"ph": "S", "name": "old", "id2": {"local": 7}, "pid": 1, "ts": 40},
        {"ph": "F", "name": "old", "id2": {"local": 7}, "pid": 1, "ts": 45},
    )
    tree = build_tree(spans)
    found = [
        (span.name, span.duration, tree.depth[row]) for row, span in enumerate(tree.spans[1:], 1)
    ]
    assert found == [
        ("load", 10_000, 1),
        ("connect", 2_000, 2),
        ("other", 19_000, 1),
        ("old", 5_000, 1),
    ]
    assert not reading.rejected


def test_asynchronous_moments_are_events_of_what_runs_then() -> None:
    on = {"cat": "net", "id": 1, "pid": 1}
    spans, reading = read(
        {"ph": "n", "name": "before all", "ts": 9, **on},
        {"ph": "b", "name": "load", "ts": 10, **on},
        {"ph": "n", "name": "first byte", "ts": 12.5, **on, "args": {"bytes": 3}},
        {"ph": "b", "name": "parse", "ts": 13, **on},
        {"ph": "n", "name": "half", "ts": 14, **on},
        {"ph": "n", "name": "another's", "ts": 14, **on, "id": 2},
        {"ph": "e", "ts": 15, **on},
        {"ph": "e", "ts": 20, **on},
        {"ph": "n", "name": "after all", "ts": 21, **on},
    )
    assert {span.name: span.events for span in spans} == {
        "trace events": (),
        "load": (Event(at(12_500), "first byte", {"bytes": 3}),),
        "parse": (Event(at(14_000), "half"),),
    }
    assert not reading.rejected


def test_what_never_ends_lasts_as_long_as_the_file() -> None:
    on = {"pid": 1, "tid": 1}
    spans, reading = read(
        {"ph": "B", "name": "endless", "ts": 10, **on},
        {"ph": "X", "name": "inner", "ts": 12, "dur": 3, **on},
        {"ph": "X", "name": "elsewhere", "ts": 11, "dur": 9, "pid": 1, "tid": 2},
    )
    tree = build_tree(spans)
    found = {span.name: (span.duration, tree.depth[row]) for row, span in enumerate(tree.spans)}
    assert (found["endless"], found["inner"]) == ((10_000, 1), (3_000, 2))
    assert [span.name for span in spans if span.tags.get("unfinished")] == ["endless"]
    assert not reading.rejected


def test_flows_are_links_from_where_they_lead_to_where_they_come_from() -> None:
    flow = {"cat": "queue", "id": 5, "name": "job"}
    spans, reading = read(
        {"ph": "X", "name": "send", "ts": 10, "dur": 10, "pid": 1, "tid": 1},
        {"ph": "X", "name": "inside", "ts": 12, "dur": 2, "pid": 1, "tid": 1},
        {"ph": "X", "name": "hand on", "ts": 30, "dur": 5, "pid": 1, "tid": 2},
        {"ph": "X", "name": "before", "ts": 38, "dur": 9, "pid": 2, "tid": 1},
        {"ph": "X", "name": "work", "ts": 50, "dur": 5, "pid": 2, "tid": 1},
        {"ph": "s", "ts": 16, "pid": 1, "tid": 1, **flow},
        {"ph": "t", "ts": 30, "pid": 1, "tid": 2, **flow},
        {"ph": "f", "ts": 40, "pid": 2, "tid": 1, **flow},
        {"ph": "s", "ts": 12, "pid": 1, "tid": 1, "id": 6, "name": "another"},
        {"ph": "f", "bp": "e", "ts": 40, "pid": 2, "tid": 1, "id": 6, "name": "another"},
        {"ph": "f", "ts": 99, "pid": 2, "tid": 1, "id": 7, "name": "from nowhere to nothing"},
    )
    name_of = {span.span_id: span.name for span in spans}
    links = {
        (name_of[link.span_id], span.name, link.trace_id) for span in spans for link in span.links
    }
    (trace_id,) = reading.trace_ids
    assert links == {
        ("send", "hand on", trace_id),
        ("hand on", "work", trace_id),
        ("inside", "before", trace_id),
    }
    assert not reading.rejected


def test_a_flow_that_begins_again_is_another_one() -> None:
    on = {"pid": 1, "tid": 1}
    spans, _ = read(
        *({"ph": "X", "name": f"op{at}", "ts": at, "dur": 5, **on} for at in (10, 20, 30, 40)),
        *(
            {"ph": phase, "ts": at, "id": 1, "bp": "e", **on}
            for phase, at in (("s", 10), ("f", 20), ("s", 30), ("f", 40))
        ),
    )
    assert [span.name for span in spans if span.links] == ["op20", "op40"]


def test_a_list_that_its_program_never_ended_opens() -> None:
    stored: list[Span] = []
    reading = FileImport(
        lambda chunks: stored.extend(span for chunk in chunks for span in chunk.spans),
        lambda trace_id: set(),
    )
    reading.feed(b'[\n{"ph": "X", "name": "op", "ts": 1, "dur": 1, "pid": 1, "tid": 1},\n')
    reading.finish()
    assert [span.name for span in stored] == ["trace events", "op"]


def test_the_same_file_is_the_same_trace() -> None:
    event = {"ph": "X", "name": "op", "ts": 1, "dur": 1, "pid": 1, "tid": 1}
    (one, first), (again, second) = read(event), read(event)
    assert one == again
    assert first.trace_ids == second.trace_ids != read({**event, "ts": 2})[1].trace_ids


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"ph": "b", "ts": 1}, "no_id"),
        ({"ph": "n", "ts": 1}, "no_id"),
        ({"ph": "e", "id": 1, "ts": 1}, "end_without_beginning"),
        ({"ph": "E", "ts": 1}, "end_without_beginning"),
        ({"ph": "X", "ts": -1}, "bad_time"),
        ({"ph": "X", "ts": 1e300}, "bad_time"),
        ({"ph": 7}, "wrong_type"),
    ],
)
def test_what_is_no_span_is_named(event: dict[str, Any], kind: str) -> None:
    _, reading = read({"ph": "X", "ts": 1, "dur": 1}, event)
    assert reading.rejected == {kind: 1}
