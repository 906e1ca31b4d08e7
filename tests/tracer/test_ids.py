"""Ids: in range, never 0, never repeated by a forked child or a seeded program."""

from __future__ import annotations

import random

from tests.tracer.forking import in_child
from tracer import ids


def test_ids_fill_their_bits() -> None:
    spans = [ids.span_id() for _ in range(10_000)]
    traces = [ids.trace_id() for _ in range(10_000)]
    assert len(set(spans)) == len(set(traces)) == 10_000
    assert all(0 < span_id < 1 << 64 for span_id in spans)
    assert all(0 < trace_id < 1 << 128 for trace_id in traces)
    for bit in range(64):
        assert any(span_id >> bit & 1 for span_id in spans)
        assert any(span_id >> bit & 1 == 0 for span_id in spans)
    assert any(trace_id >> 127 for trace_id in traces)


def test_a_program_that_seeds_its_random_numbers_gets_new_ids() -> None:
    random.seed(1)
    first = ids.span_id()
    random.seed(1)
    assert ids.span_id() != first


def test_a_forked_child_makes_other_ids() -> None:
    def some() -> list[int]:
        return [ids.span_id() for _ in range(3)]

    assert in_child(some) != str(some())
