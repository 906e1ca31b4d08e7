"""One trace whose clients know its id whole or only its lower half is one trace."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from random import Random

import pytest

from collector.model import Chunk
from collector.search.parser import parse
from collector.search.search import search
from collector.store.placement import MAX_GAP_NS
from collector.store.sqlite import Store
from collector.store.trace_filter import TraceFilter
from collector.store.trace_rows import TraceRows
from collector.trace_summary import TraceSummary
from tests.collector.chunks import chunk, span_ids
from tests.collector.stores import collecting

LOW = 7
LONG = (0xABC << 64) + LOW
OTHER_LONG = (0xDEF << 64) + LOW


def part(trace: int, *ids: int, later: int = 0) -> Chunk:
    """Return spans of a trace; its id says nothing about when it was."""
    made = chunk(LOW, *ids)
    for span in made.spans:
        span.start += later
    return Chunk(f"{trace:032x}", made.spans)


def listed(store: Store, query: str = "") -> list[tuple[int, int]]:
    """Return id and number of spans of each trace found."""
    page = search(store, parse(query))
    assert page.matched == len(page.traces)
    return sorted((int(trace.trace_id, 16), trace.spans) for trace in page.traces)


PARTS = (part(LOW, 1), part(LONG, 2), part(LOW, 3), part(LONG, 4))


@pytest.mark.parametrize("order", list(permutations(range(4))))
@pytest.mark.parametrize("at_once", [True, False])
def test_all_orders_give_one_trace_under_the_whole_id(
    tmp_path: Path, order: tuple[int, ...], at_once: bool
) -> None:
    parts = [Chunk(PARTS[index].trace_id, list(PARTS[index].spans)) for index in order]
    seen: list[TraceSummary] = []
    with collecting(tmp_path) as store:
        store.on_stored = seen.extend
        for group in [parts] if at_once else [[each] for each in parts]:
            store.add(group)
        for trace in (LOW, LONG):
            assert sorted(span_ids(store, trace)) == [1, 2, 3, 4]
            assert listed(store, f"trace:{trace:032x}") == [(LONG, 4)]
        found = store.find(f"{LOW:032x}")
        assert found
        assert found.trace_id == found.summary().trace_id == f"{LONG:032x}"
        assert found.summary().root_received
        assert store.find(f"{OTHER_LONG:032x}") is None
        assert store.totals()[:2] == (4, 1)
    assert seen[-1].spans == 4 and seen[-1].trace_id == f"{LONG:032x}"  # noqa: PT018


@pytest.mark.parametrize(("first", "second"), [(LOW, LONG), (LONG, LOW)])
@pytest.mark.parametrize("sealed", [True, False])
def test_halves_are_joined_after_a_restart_and_in_a_full_partition(
    tmp_path: Path, first: int, second: int, sealed: bool
) -> None:
    with collecting(tmp_path, max_spans=80) as store:
        store.add([part(first, 1)])
        for number in range(20, 40) if sealed else ():
            store.add([chunk(number, 1)])
    with collecting(tmp_path, max_spans=80) as store:
        assert store.partitions()[-1].sealed == sealed
        store.add([part(second, 2), part(first, 3)])
        assert store.add([part(LONG, 1, 2, 3)]).duplicates == 3
    with collecting(tmp_path, max_spans=80) as store:
        assert (LONG, 3) in listed(store)
        assert sorted(span_ids(store, LOW)) == [1, 2, 3]


@pytest.mark.parametrize("order", list(permutations([LOW, LONG, OTHER_LONG])))
def test_two_upper_halves_are_never_joined(tmp_path: Path, order: tuple[int, ...]) -> None:
    with collecting(tmp_path) as store:
        for number, trace in enumerate(order, 1):
            store.add([part(trace, number)])
        traces = dict(listed(store))
    assert traces.keys() >= {LONG, OTHER_LONG}
    # Between two of them nobody can tell, so it stays by itself; else the first one has it.
    assert (LOW in traces) == (order[2] == LOW)
    assert sum(traces.values()) == 3


def test_ids_that_were_used_at_another_time_are_not_joined(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        store.add([part(LOW, 1)])
        store.add([part(LONG, 2, later=2 * MAX_GAP_NS)])
        assert listed(store) == [(LOW, 1), (LONG, 1)]
        store.add([part(LOW, 3)])
        assert listed(store) == [(LOW, 2), (LONG, 1)]


def test_a_failed_commit_renames_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting(tmp_path) as store:
        store.add([part(LOW, 1)])
        connection = store.partitions()[0].write_connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        large = part(LONG, 2)
        noise = Random(1)  # compresses badly
        large.spans[0].tags = {str(number): noise.randbytes(500).hex() for number in range(200)}
        with pytest.raises(Exception, match="full"):
            store.add([large])
        assert listed(store) == [(LOW, 1)]
        connection.execute("PRAGMA max_page_count = 1000000")
        store.add([large])
        assert listed(store) == [(LONG, 2)]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_trace_has_its_whole_id_from_when_it_grows(tmp_path: Path, at_once: bool) -> None:
    """Answers are kept until it does, and they say its id."""
    with collecting(tmp_path) as store:
        store.add([part(LOW, 1), *([part(LONG, 1)] if at_once else [])])
        if not at_once:
            assert store.add([part(LONG, 1)]).duplicates == 1
        assert listed(store) == [(LOW, 1)]
        assert span_ids(store, LONG) == [1]
        assert store.add([part(LONG, 1), part(LOW, 1, 2), part(LOW, 2)]).duplicates == 3
        assert listed(store) == [(LONG, 2)]
        assert sorted(span_ids(store, LOW)) == [1, 2]


class _Counted(dict[str, int]):
    """Rows by id that count how often all ids are gone through."""

    walks = 0

    def __iter__(self) -> Iterator[str]:
        self.walks += 1
        return super().__iter__()


def test_however_many_short_ids_are_looked_up_the_whole_ones_are_gone_through_once() -> None:
    stored = _Counted({f"{LONG + each:032x}": each + 1 for each in range(4)})
    rows = TraceRows(stored)
    for each in range(4):
        assert rows.with_lower_half_of(f"{LOW + each:032x}") == {f"{LONG + each:032x}": each + 1}
        assert rows.with_lower_half_of(f"{LOW + 100 + each:032x}") == {}
    rows.change({f"{LONG + 4:032x}": 5, f"{LOW + 9:032x}": 6}, [])
    assert rows.with_lower_half_of(f"{LOW + 4:032x}") == {f"{LONG + 4:032x}": 5}
    assert rows.with_lower_half_of(f"{LONG + 9:032x}") == {f"{LOW + 9:032x}": 6}
    assert stored.walks == 1


def test_a_filter_rules_out_nearly_every_trace_that_is_not_there() -> None:
    random = Random(1)
    there, others = ([random.getrandbits(64) for _ in range(2_000)] for _ in range(2))
    known = TraceFilter.of(f"{half:032x}" for half in there)
    assert all(map(known.may_hold, there))
    assert sum(map(known.may_hold, others)) < len(others) / 40
