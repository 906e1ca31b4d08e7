"""Two sets of traces side by side."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nsmallest

import msgspec

from collector.aggregates.answer_parts import (
    HOW_BETWEEN,
    HOW_DURATION,
    HOW_ERRORS,
    Json,
    duration_json,
    exemplar_json,
    sample_json,
    weighted_count,
    weighted_errors,
)
from collector.aggregates.digest import Card
from collector.aggregates.duration_bars import DurationBars
from collector.aggregates.time_series import bars_for, histogram
from collector.aggregates.trace_set import Sample
from collector.analysis.attributes import Tally, compare_attributes
from collector.analysis.calling_tree import callers
from collector.analysis.compare import compare
from collector.analysis.fold import OUTSIDE, Fold
from collector.analysis.graph_summary import examples

MAX_SHIFTS = 500
"""Shifts of an answer, the largest; the rest is added up."""
MAX_PATH_NAMES = 40
"""Names of a path, the last ones."""

MAX_DEPLOYS = 200
"""Deploys of an answer, the newest. More are mostly a build number or a moment put into the tag."""

HOW_COMPUTED = {
    "duration": HOW_DURATION,
    "duration_between": HOW_BETWEEN,
    "errors": HOW_ERRORS,
    "difference": "B's mean less A's; the differences of all paths' time on the critical path add"
    " up to it, to the nanosecond (collector.analysis.compare.compare)",
    "calls_effect": "the part due to more or fewer calls, at the average of both costs per call",
    "per_call_effect": "the part due to slower or faster calls, at the average of both numbers of"
    " calls",
    "verdict": "weighted Kolmogorov-Smirnov test at 0.2 %, shared among all paths (Bonferroni), and"
    " at least 5 % of the mean (collector.analysis.compare)",
    "histogram": "durations of the roots; both sides have the same bars, low < duration <= high",
}


def comparison(
    a: Sample, b: Sample, fold_a: Fold, fold_b: Fold, tally_a: Tally, tally_b: Tally
) -> Json:
    """Return the answer of /api/compare. The folds are by path, the tallies are of the attributes
    of some traces of each set."""
    bars = bars_for(a.cards + b.cards)
    compared = compare(fold_a, fold_b)
    paths = _Paths(fold_a, fold_b)
    shifts = [
        msgspec.structs.asdict(shift)
        | {
            "path": paths.names(shift.key),
            "depth": paths.depth(shift.key),
            "median_a": _median(fold_a, shift.key),
            "median_b": _median(fold_b, shift.key),
        }
        for shift in compared.shifts[:MAX_SHIFTS]
    ]
    rest = compared.shifts[MAX_SHIFTS:]
    how_attributes = (
        "share of the traces in which some span has the value, over the newest"
        f" {tally_a.all.traces:,} of A and {tally_b.all.traces:,} of B, each counted 1 / its"
        " sampling probability; two-proportion z-test"
        " (collector.analysis.attributes.compare_attributes)"
    )
    return {
        "a": _side(a, bars),
        "b": _side(b, bars),
        **{
            name: value
            for name, value in msgspec.structs.asdict(compared).items()
            if name != "shifts"
        },
        "shifts": shifts,
        "left_out": {"shifts": len(rest), "difference": sum(shift.difference for shift in rest)},
        "attributes": compare_attributes(tally_a, tally_b),
        **deploys([*a.cards, *b.cards]),
        "how": HOW_COMPUTED | {"attributes": how_attributes},
    }


def deploys(cards: Iterable[Card]) -> Json:
    """Return the versions that these traces are of, the newest first, and how many more there
    are."""
    cards_of: dict[str, list[Card]] = {}
    counted: set[str] = set()
    for card in cards:
        if card.version and card.trace_id not in counted:
            counted.add(card.trace_id)  # both sides may have it
            cards_of.setdefault(card.version, []).append(card)
    newest_first = nsmallest(
        MAX_DEPLOYS,
        cards_of.items(),
        key=lambda item: (-max(card.start for card in item[1]), item[0]),
    )
    listed = [
        {
            "version": version,
            "traces": weighted_count(deployed),
            "oldest": str(min(card.start for card in deployed)),
            "newest": str(max(card.start for card in deployed)),
        }
        for version, deployed in newest_first
    ]
    return {"deploys": listed, "deploys_left_out": len(cards_of) - len(listed)}


def _side(sample: Sample, bars: DurationBars) -> Json:
    return {
        "sample": sample_json(sample),
        "errors": weighted_errors(sample.cards),
        **duration_json(sample.cards),
        "histogram": histogram(sample.cards, bars),
    }


def _median(fold: Fold, key: str) -> Json | None:
    return exemplar_json(examples(fold.calls(key))[0]) if key in fold.nodes else None


class _Paths:
    """The paths from the root down to each node of two folds by path."""

    def __init__(self, a: Fold, b: Fold) -> None:
        self._callers = callers(b) | callers(a)
        self._nodes = b.nodes | a.nodes
        self._depths = {OUTSIDE: -1}

    def depth(self, key: str) -> int:
        """Return how many nodes are above one."""
        way = []
        while key not in self._depths:
            way.append(key)
            key = self._callers[key]
        depth = self._depths[key]
        for below in reversed(way):
            depth += 1
            self._depths[below] = depth
        return depth

    def names(self, key: str) -> list[str]:
        """Return the names of the nodes down to one: `["web flask.request GET /pair/beer",
        "db beer.query"]`; an ellipsis comes first if the path is longer than `MAX_PATH_NAMES`."""
        names: list[str] = []
        while key != OUTSIDE:
            if len(names) == MAX_PATH_NAMES:
                names.append("…")
                break
            names.append(" ".join(dict.fromkeys(self._nodes[key].operation)))
            key = self._callers[key]
        return names[::-1]
