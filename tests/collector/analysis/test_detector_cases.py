"""Every detector's recall and precision on designed cases, ten traces each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from collector.analysis.cache_lookups import LookupInTrace, lookups
from collector.analysis.detectors import detect, detect_across_traces
from tests.collector.analysis.cases import (
    caches,
    childless_work,
    fat_query,
    n_plus_one,
    queue_at_server,
    retry_storm,
    round_timeout,
    sequential_fan_out,
    wait_before_work,
)
from tests.collector.analysis.cases.case import Case
from tests.collector.analysis.test_docs import PAGE
from tests.collector.analysis.trace_builder import build

TABLES: dict[str, list[Case]] = {
    module.FOUND: module.CASES
    for module in (
        n_plus_one,
        sequential_fan_out,
        wait_before_work,
        queue_at_server,
        retry_storm,
        round_timeout,
        childless_work,
        fat_query,
    )
}
SEEDS = range(10)
MIN_CASES = 30
MIN_SHARE = 0.95
"""Recall and precision."""


def seen() -> Iterator[tuple[Case, set[str]]]:
    """Each case ten times, with the kinds of findings in that trace."""
    for cases in TABLES.values():
        for case in cases:
            for seed in SEEDS:
                yield case, {finding.kind for finding in detect(build(case.root, seed))}


@pytest.fixture(scope="module")
def outcomes() -> list[tuple[Case, set[str]]]:
    return list(seen())


@pytest.mark.parametrize("detector", TABLES)
def test_what_is_there_is_found_and_nothing_else(
    detector: str, outcomes: list[tuple[Case, set[str]]]
) -> None:
    assert len(TABLES[detector]) >= MIN_CASES
    true = sum(detector in case.finds.split() for case in TABLES[detector])
    judge(
        f"| `{detector}` | {len(TABLES[detector])}, {true} |",
        [
            (case.title, detector in case.finds.split(), detector in kinds)
            for case, kinds in outcomes
            if detector not in case.may.split()
        ],
    )


@pytest.mark.parametrize("detector", [caches.NEVER, caches.STAMPEDE])
def test_what_many_traces_show_is_found_and_nothing_else(detector: str) -> None:
    assert len(caches.CASES) >= MIN_CASES
    true = sum(case.finds == detector for case in caches.CASES)
    judge(
        f"| `{detector}` | {len(caches.CASES)}, {true} |",
        [
            (case.title, case.finds == detector, detector in kinds_across(case.asks, seed))
            for case in caches.CASES
            for seed in SEEDS
        ],
    )


def kinds_across(asks: tuple[caches.Ask, ...], seed: int) -> set[str]:
    """What is found in these traces together."""
    looked_up = [
        LookupInTrace(lookup, trace.trace_id, trace.weight)
        for trace in caches.traces_of(asks, seed)
        for lookup in lookups(trace)
    ]
    return {finding.kind for finding in detect_across_traces(looked_up)}


def judge(row: str, judged: Iterable[tuple[str, bool, bool]]) -> None:
    """Check recall and precision, given for each trace its title, whether something is there, and
    whether it was named; and that docs/analysis.md says the same in the row that begins so."""
    there = named = right = 0
    wrong: Counter[str] = Counter()
    for title, is_there, is_named in judged:
        there, named, right = there + is_there, named + is_named, right + (is_there and is_named)
        if is_there != is_named:
            wrong[f"{title}: {'missed' if is_there else 'wrongly named'}"] += 1
    recall, precision = right / there, right / max(1, named)
    assert min(recall, precision) >= MIN_SHARE, wrong
    assert f"\n{row} {recall:.2f} | {precision:.2f} |" in PAGE.read_text()
