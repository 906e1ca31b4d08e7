"""Of a very large trace the spans nearest to the root, the slowest and the failed ones are kept, in
a tree that hangs together."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.model import Span
from collector.store.span_outline import SpanOutline
from collector.store.span_selection import Selection, select_spans

CHAIN = 1_000


def select(spans: list[Span], max_spans: int) -> Selection:
    """Select from spans that were stored in two chunks."""
    middle = len(spans) // 2
    blobs = [msgspec.msgpack.encode(part) for part in (spans[:middle], spans[middle:])]
    return select_spans(SpanOutline(blobs), max_spans)


def span(span_id: int, parent_id: int, start: int = 0, duration: int = 1, error: int = 0) -> Span:
    return Span(span_id, parent_id, "web", "op", "res", "", start, duration, error)


def chosen_ids(spans: list[Span], selection: Selection) -> set[int]:
    flags = zip(spans, selection.chosen, strict=True)
    return {each.span_id for each, is_chosen in flags if is_chosen}


@st.composite
def tangled_spans(draw: Any) -> list[Span]:
    """Spans whose parents are any of them, themselves, none, or not among them."""
    count = draw(st.integers(1, 40))
    ids = st.integers(0, count + 3)
    small = st.integers(0, 5)
    return [
        span(number, draw(ids), draw(small), draw(small), draw(st.integers(0, 1)))
        for number in range(1, count + 1)
    ]


@settings(max_examples=200)
@given(tangled_spans(), st.integers(1, 40))
def test_any_selection_is_within_its_bound_and_has_the_parents_of_what_it_has(
    spans: list[Span], max_spans: int
) -> None:
    selection = select(spans, max_spans)
    chosen = chosen_ids(spans, selection)
    assert len(chosen) == selection.shown <= max_spans
    received = {each.span_id for each in spans}
    for each in spans:
        if each.span_id in chosen and each.parent_id in received:
            assert each.parent_id in chosen
    failed = [each for each in spans if each.error]
    assert (selection.spans, selection.failed) == (len(spans), len(failed))
    assert selection.failed_shown == sum(each.span_id in chosen for each in failed)
    if max_spans >= len(spans):
        assert chosen == received


def test_the_nearest_are_kept_and_the_earliest_of_those_equally_near() -> None:
    root = span(1, 0)
    children = [span(number, 1, start=1_000 - number) for number in range(2, 102)]
    grandchildren = [span(number, 2) for number in range(102, 1_002)]
    spans = [*grandchildren, *children, root]
    assert chosen_ids(spans, select(spans, 101)) == set(range(1, 102))
    latest_left_out = chosen_ids(spans, select(spans, 41))
    assert latest_left_out == {1, *range(62, 102)}


def test_failed_and_slowest_are_kept_however_deep_with_all_above_them() -> None:
    chain = [span(number, number - 1) for number in range(1, CHAIN + 1)]
    chain[59] = span(60, 59, error=1)
    chain[99] = span(100, 99, duration=50)
    wide = [span(number, 1) for number in range(2_000, 4_000)]
    spans = [*wide, *chain]
    selection = select(spans, 400)
    assert set(range(1, 101)) <= chosen_ids(spans, selection)
    assert (selection.failed, selection.failed_shown, selection.shown) == (1, 1, 400)


def test_where_everything_failed_half_of_the_room_is_for_what_is_near() -> None:
    deep = [span(number, number - 1, error=int(number > 1)) for number in range(1, CHAIN + 1)]
    near = [span(number, 1) for number in range(2_000, 2_500)]
    spans = [*deep, *near]
    selection = select(spans, 200)
    chosen = chosen_ids(spans, selection)
    assert selection.failed_shown < selection.failed == CHAIN - 1
    assert len(chosen & set(range(2_000, 2_500))) >= 50
    assert set(range(1, 100)) <= chosen
