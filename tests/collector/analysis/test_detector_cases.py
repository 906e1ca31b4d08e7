"""Every detector's recall and precision on designed cases, ten traces each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from collector.analysis.detectors import detect
from tests.collector.analysis.cases import (
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
MIN_RECALL = MIN_PRECISION = 0.95


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
    judged = [
        (case.title, detector in case.finds.split(), detector in kinds)
        for case, kinds in outcomes
        if detector not in case.may.split()
    ]
    right = sum(there and named for _, there, named in judged)
    wrong = Counter(
        f"{title}: {'missed' if there else 'wrongly named'}"
        for title, there, named in judged
        if there != named
    )
    recall = right / sum(there for _, there, _ in judged)
    precision = right / max(1, sum(named for _, _, named in judged))
    print(f"{detector}: recall {recall:.3f}, precision {precision:.3f}", dict(wrong))
    assert (recall >= MIN_RECALL, precision >= MIN_PRECISION) == (True, True), wrong
