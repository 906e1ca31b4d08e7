"""Chains of hashes: whatever is removed, altered or repeated is found, and nothing else is."""

from __future__ import annotations

from functools import cache
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis import chain
from collector.analysis.chain import chain_anomalies, verify
from collector.model import Event, Link, Span, TagValue
from tests.collector.analysis.traces import span
from tests.tracer.history.runs import Run, Step

RUNS = 12


@cache
def run(number: int) -> tuple[str, list[Span]]:
    """The id and the spans of a run of several services, by the real tracer."""
    random = Random(number)

    def steps(depth: int) -> list[Step]:
        return [
            Step(
                random.choice(["work", "fail", "call", "call", "thread"]),
                random.choice(["web", "taster"]),
                steps(depth - 1) if depth else [],
                random.random() < 0.2,
            )
            for _ in range(random.randint(1, 3))
        ]

    played = Run()
    history = played.play(steps(2))
    return f"{history.trace_id:032x}", played.stored()


RUN_NUMBERS = st.integers(0, RUNS - 1)
HASHED_FIELDS = {
    "span_id": lambda value: value ^ 1,
    "parent_id": lambda value: value ^ 1,
    "service": lambda value: f"{value}x",
    "name": lambda value: value[1:],
    "resource": lambda value: f" {value}",
    "type": lambda value: f"{value}x",
    "start": lambda value: value + 1,
    "duration": lambda value: value - 1,
    "error": lambda value: 1 - value,
    "events": lambda value: (*value, Event(7, "beer")),
    "links": lambda value: (*value, Link("0" * 32, 7)),
}


def kinds(trace_id: str, spans: list[Span]) -> set[str]:
    return {fault.kind for fault in verify(trace_id, spans).faults}


@given(RUN_NUMBERS, st.randoms())
def test_what_is_as_it_was_sent_has_no_fault_in_any_order(number, random):
    trace_id, spans = run(number)
    spans = spans.copy()
    random.shuffle(spans)
    verdict = verify(trace_id, spans)
    assert verdict.faults == []
    assert verdict.spans == len(spans)
    assert verdict.what.endswith("none is missing, altered or doubled.")


@given(RUN_NUMBERS, st.data())
def test_a_span_that_is_missing_is_found(number, data):
    trace_id, spans = run(number)
    at = data.draw(st.integers(0, len(spans) - 1))
    assert "missing" in kinds(trace_id, spans[:at] + spans[at + 1 :])


@given(RUN_NUMBERS, st.data(), st.sampled_from(sorted(HASHED_FIELDS)))
def test_a_field_that_was_altered_is_found(number, data, field):
    trace_id, spans = run(number)
    at = data.draw(st.integers(0, len(spans) - 1))
    altered = msgspec.structs.replace(
        spans[at], **{field: HASHED_FIELDS[field](getattr(spans[at], field))}
    )
    faults = verify(trace_id, [*spans[:at], altered, *spans[at + 1 :]]).faults
    assert [(fault.kind, fault.span_id) for fault in faults] == [("altered", altered.span_id)]


@given(RUN_NUMBERS, st.data())
def test_a_tag_that_was_altered_removed_or_added_is_found(number, data):
    trace_id, spans = run(number)
    at = data.draw(st.integers(0, len(spans) - 1))
    tags = spans[at].tags.copy()
    key = data.draw(st.sampled_from([key for key in tags if not key.startswith("_")] + ["new"]))
    value = data.draw(st.sampled_from([None, 0, 1, 7.0, "", "beer", tags.get(key)]))
    if value is None:
        tags.pop(key, None)
    else:
        tags[key] = value
    altered = msgspec.structs.replace(spans[at], tags=tags)
    is_other = msgspec.json.encode(altered) != msgspec.json.encode(spans[at])
    assert bool(kinds(trace_id, [*spans[:at], altered, *spans[at + 1 :]])) is is_other


@given(RUN_NUMBERS, st.data(), st.booleans())
def test_a_span_that_is_repeated_is_found(number, data, has_new_id):
    trace_id, spans = run(number)
    repeated = data.draw(st.sampled_from(spans))
    if has_new_id:
        repeated = msgspec.structs.replace(repeated, span_id=data.draw(st.integers(1, 2**63)))
    assert "doubled" in kinds(trace_id, [*spans, repeated])


@given(RUN_NUMBERS, st.data())
def test_spans_of_another_trace_do_not_belong(number, data):
    _, spans = run(number)
    assert len(verify("f" * 32, spans).faults) == len(spans)


def test_a_whole_service_that_is_missing_is_found():
    trace_id, spans = run(3)
    calls = [each.tags[chain.CALLED] for each in spans if chain.CALLED in each.tags]
    left = [each for each in spans if each.tags[chain.ID] != calls[0]]
    faults = verify(trace_id, left).faults
    assert ("missing", calls[0], 0) in [(fault.kind, fault.chain, fault.place) for fault in faults]


def test_an_altered_hash_is_one_fault_not_two():
    trace_id, spans = run(1)
    last_places: dict[TagValue, int] = {}
    for each in spans:
        last_places[each.tags[chain.ID]] = last_places.get(each.tags[chain.ID], 0) + 1
    first = next(each for each in spans if last_places[each.tags[chain.ID]] > 2)
    altered = msgspec.structs.replace(first, tags=first.tags | {chain.HASH: "0" * 16})
    spans = [altered if each is first else each for each in spans]
    assert [fault.kind for fault in verify(trace_id, spans).faults] == ["altered"]


def test_what_is_missing_is_said_with_its_neighbours():
    played = Run()
    history = played.play([Step("work", "web", [], False) for _ in range(4)])
    spans = sorted(played.stored(), key=lambda each: each.tags[chain.PLACE])
    verdict = verify(f"{history.trace_id:032x}", [*spans[:2], *spans[4:]])
    [fault] = verdict.faults
    before, after = spans[1], spans[4]
    assert fault.what == (
        f"2 spans are missing after client work {before.span_id:016x}"
        f" and before client work {after.span_id:016x}: places 3 to 4"
    )
    assert fault.span_id == before.span_id
    assert verdict.what == "3 spans in 1 chain of hashes: 1 fault."


def test_a_trace_without_chains_says_nothing():
    spans = [span(1, 0, 0, 9), span(2, 1, 1, 5)]
    assert chain_anomalies("0" * 32, spans) == []
    verdict = verify("0" * 32, spans)
    assert (verdict.chains, verdict.faults) == (0, [])
    assert verdict.what == "No span of this trace is part of a chain of hashes."


WILD = st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(max_size=5))


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from([chain.ID, chain.PLACE, chain.LAST, chain.HASH, chain.CALLED]), WILD
        ),
        max_size=8,
    )
)
def test_no_tags_raise_and_faults_are_bounded(all_tags):
    spans = [span(n + 1, 0, 0, 9) for n in range(len(all_tags))]
    for each, tags in zip(spans, all_tags, strict=True):
        each.tags = tags
    verdict = verify("0" * 32, spans)
    assert len(verdict.faults) <= chain.MAX_FAULTS
    assert len(chain_anomalies("0" * 32, spans)) == len(verdict.faults)


def test_faults_are_counted_beyond_those_that_are_named():
    spans = [span(n, 0, 0, 9, chain__id="a") for n in range(1, 151)]
    verdict = verify("0" * 32, spans)
    assert len(verdict.faults) == chain.MAX_FAULTS
    assert verdict.faults_left_out == 50


@pytest.mark.parametrize("place", [0, -1, "1", 1.0])
def test_a_place_that_is_none_is_an_alteration(place):
    verdict = verify("0" * 32, [span(1, 0, 0, 9, chain__id="a", chain__place=place)])
    assert [fault.kind for fault in verdict.faults] == ["altered"]
