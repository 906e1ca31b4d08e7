"""What is left of traces whose spans decide for themselves, against all cases counted by hand."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.aggregates.digest import digest
from collector.analysis.trace import read_trace
from collector.laboratory.population import Population, Subject
from collector.laboratory.unitary import (
    Size,
    Specimens,
    broken,
    map_of_pairs,
    size_of,
)
from collector.model import Span

MS = 10**6


def tree(parents: list[int]) -> list[Span]:
    """Return spans 1, 2, … with these parents."""
    return [
        Span(place + 1, parent, "web", "work", "work", "", 10**18 + place, 10 * MS)
        for place, parent in enumerate(parents)
    ]


PARENTS = st.lists(st.integers(0, 5), min_size=1, max_size=5).map(
    lambda parents: [min(parent, place) for place, parent in enumerate(parents)]
)


@given(st.lists(PARENTS, min_size=1, max_size=3), st.sampled_from([0.1, 0.3, 0.9]))
def test_means_are_those_over_all_that_can_be_left(traces: list[list[int]], rate: float) -> None:
    seen = whole = kept = orphans = 0.0
    for parents in traces:
        for left in product((False, True), repeat=len(parents)):
            probability = 1.0
            for is_left in left:
                probability *= rate if is_left else 1 - rate
            ids = {place + 1 for place, is_left in enumerate(left) if is_left}
            seen += probability * any(left)
            whole += probability * all(left)
            kept += probability * len(ids)
            orphans += probability * sum(
                parents[number - 1] > 0 and parents[number - 1] not in ids for number in ids
            )
    found = broken([size_of(tree(parents), 100) for parents in traces], rate)
    assert found.seen.median == pytest.approx(seen)
    assert found.whole == pytest.approx(whole)
    assert found.spans == pytest.approx(kept)
    assert found.orphans * found.spans == pytest.approx(orphans)
    assert found.untrusted == pytest.approx(1 - whole / seen)
    assert found.bytes.median == pytest.approx(rate * 100 * len(traces))


def test_a_rate_of_one_breaks_nothing() -> None:
    found = broken([Size(3, 2, 100), Size(1, 0, 50)], 1.0)
    assert (found.seen.median, found.whole, found.orphans, found.untrusted) == (2, 2, 0, 0)
    off, seen = map_of_pairs({("web", "db"): 5000.0}, 1.0, 3, Random(1))
    assert (off.median, seen.median) == (0, 1)


def test_the_map_has_too_few_calls_even_weighted() -> None:
    off, _ = map_of_pairs({("web", "db"): 1_000_000_000.0}, 0.1, 20, Random(1))
    assert off.median == pytest.approx(0.9, abs=0.01)


def n_plus_one() -> list[Span]:
    spans = [Span(1, 0, "web", "request", "GET /", "http", 10**18, 400 * MS, 0, {})]
    for number in range(18):
        start, query = 10**18 + number * 20 * MS, "SELECT baker WHERE id = ?"
        spans.append(Span(2 + number, 1, "db", "query", query, "sql", start, 15 * MS))
    return spans


def test_a_comb_of_queries_is_not_found_with_most_of_them_gone() -> None:
    spans = n_plus_one()
    made = digest(read_trace("1".zfill(32), spans))
    kinds = made.card.finding_kinds()
    assert "n_plus_one" in {kind.kind for kind in kinds}
    few = Population([Subject(made.card, 100, {})])
    specimens = Specimens(few, kinds, Random(1))
    specimens.see(0, spans)
    assert specimens.still_found(1.0, Random(1))[0]["n_plus_one"] == 1
    assert specimens.still_found(0.05, Random(1))[0]["n_plus_one"] == 0


def test_what_was_too_large_to_try_has_no_figure() -> None:
    made = digest(read_trace("1".zfill(32), n_plus_one()))
    few = Population([Subject(made.card, 100, {})])
    specimens = Specimens(few, made.card.finding_kinds(), Random(1))
    assert set(specimens.still_found(1.0, Random(1))[0].values()) == {None}
