"""What follows from records whose truth is known."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.infer.inference import Inference, infer
from collector.infer.records import Record, Upstream
from tests.collector.infer.simulated import MS, Simulated, simulate


def share_right(simulated: Simulated) -> float:
    """The share of the calls that were given to the very request that made them."""
    found = infer(simulated.records)
    truth = dict(zip(map(id, simulated.records), simulated.callers, strict=True))
    right = calls = 0
    for record, placement in zip(found.records, found.placements, strict=True):
        caller = truth[id(record)]
        if caller >= 0 or placement.parent >= 0:
            calls += 1
            right += (
                placement.parent >= 0
                and found.records[placement.parent] is simulated.records[caller]
                and caller >= 0
            )
    return right / calls


def edges(found: Inference) -> dict[tuple[str, str], int]:
    return {(edge.caller, edge.called): edge.calls for edge in found.edges}


@pytest.mark.parametrize("users", [1, 3, 10])
def test_joining_by_ids_is_exact(users: int) -> None:
    assert share_right(simulate(users, 60, ids=True)) == 1.0


def test_one_user_needs_no_ids() -> None:
    assert share_right(simulate(1, 200, ids=False)) == 1.0


def test_two_users_are_mostly_told_apart_by_the_habits_of_their_requests() -> None:
    simulated = simulate(2, 60, ids=False)
    found = infer(simulated.records)
    assert found.guessed
    assert share_right(simulated) > 0.8


def test_the_graph_is_right_though_single_calls_are_guesses() -> None:
    simulated = simulate(10, 100, ids=False)
    found = infer(simulated.records)
    tastes = sum(record.service == "taster" for record in simulated.records)
    assert edges(found) == {("web", "taster"): tastes}
    [edge] = found.edges
    assert edge.ambiguous > 0.5
    assert edge.confidence < 1


@given(st.integers(0, 10_000))
def test_the_order_of_the_lines_does_not_matter(seed: int) -> None:
    records = simulate(1, 12, ids=bool(seed % 2), seed=seed).records
    shuffled = random.Random(seed).sample(records, len(records))
    assert edges(infer(shuffled)) == edges(infer(records))


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from(("GET /x", "part", "")),
            st.integers(-(2**62), 2**62),
            st.integers(0, 2**40),
            st.sampled_from(("", "1")),
            st.integers(0, 10**9),
        ),
        max_size=12,
    )
)
def test_anything_gives_trees(
    rows: list[tuple[str, str, int, int, str, int]],
) -> None:
    records = [
        Record(service, name, start, start + took, request_id, resolution=resolution)
        for service, name, start, took, request_id, resolution in rows
    ]
    found = infer(records)
    for index, (record, placement) in enumerate(zip(found.records, found.placements, strict=True)):
        assert 0 <= placement.confidence <= 1
        if placement.parent >= 0:
            assert placement.parent != index
            assert found.records[placement.parent].start <= record.end + 2 * 10**9
    above = [placement.parent for placement in found.placements]
    for index in range(len(above)):
        seen = set()
        while index >= 0:
            assert index not in seen
            seen.add(index)
            index = above[index]


def test_a_coincidence_is_no_call() -> None:
    rng = random.Random(1)
    busy = [Record("a", "GET /", n * 100 * MS, n * 100 * MS + 30 * MS) for n in range(200)]
    other = [
        Record("b", "GET /", start, start + MS)
        for start in (int(rng.uniform(0, 20_000) * MS) for _ in range(200))
    ]
    assert edges(infer(busy + other)) == {}


def test_the_innermost_of_several_services_is_the_caller() -> None:
    records = []
    for number in range(30):
        start = number * 1000 * MS
        records += [
            Record("nginx", "GET /", start, start + 100 * MS),
            Record("web", "GET /", start + MS, start + 99 * MS),
            Record("taster", "GET /taste", start + 10 * MS, start + 90 * MS),
        ]
    assert edges(infer(records)) == {("nginx", "web"): 30, ("web", "taster"): 30}


def test_a_server_that_was_asked_is_known_from_whoever_asked_it() -> None:
    record = Record("nginx", "GET /", 0, 10 * MS, upstream=(Upstream("web", 8 * MS),))
    found = infer([record])
    assert edges(found) == {("nginx", "web"): 1}
    assert found.records[1].start == 2 * MS
    assert found.edges[0].how == "said"


def test_a_call_that_its_caller_wrote_down_belongs_to_the_request_of_its_thread() -> None:
    records = [
        Record("web", "GET /pair", 0, 100 * MS, thread="1"),
        Record("web", "GET /pair", MS, 101 * MS, thread="2"),
        Record("web", "GET /taste", 10 * MS, 20 * MS, thread="1", callee="taster"),
        Record("web", "GET /taste", 12 * MS, 22 * MS, thread="2", callee="taster"),
    ]
    found = infer(records)
    for record, placement in zip(found.records, found.placements, strict=True):
        if record.callee:
            assert found.records[placement.parent].thread == record.thread
    assert edges(found) == {("web", "taster"): 2}


def test_moments_alone_give_the_graph() -> None:
    rng = random.Random(1)
    records = []
    for _ in range(300):
        end = int(rng.uniform(0, 600_000)) * MS
        records.append(Record("web", "GET /", end, end, has_duration=False))
        end -= int(rng.uniform(20, 24) * MS)
        records.append(Record("taster", "GET /", end, end, has_duration=False))
    [edge] = infer(records).edges
    assert (edge.caller, edge.called, edge.how) == ("web", "taster", "convolution")
    assert edge.confidence > 0.9


def test_moments_that_have_nothing_to_do_with_each_other_give_none() -> None:
    rng = random.Random(1)
    records = []
    for service in ("web", "taster"):
        for _ in range(300):
            end = int(rng.uniform(0, 600_000)) * MS
            records.append(Record(service, "GET /", end, end, has_duration=False))
    assert infer(records).edges == []
