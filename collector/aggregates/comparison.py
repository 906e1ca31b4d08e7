"""Two sets of traces side by side."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from collector.aggregates.answer_parts import (
    HOW_DURATION,
    HOW_ERRORS,
    Json,
    durations,
    exemplar,
    failures,
    sample,
)
from collector.aggregates.buckets import Bars
from collector.aggregates.digest import Card
from collector.aggregates.sum_cache import Picked
from collector.aggregates.time_series import bars_of, histogram
from collector.analysis.attributes import Tally, compare_tallies
from collector.analysis.calling_tree import callers
from collector.analysis.compare import compare
from collector.analysis.fold import OUTSIDE, Fold
from collector.analysis.graph_summary import examples

MOST = 500
"""Shifts told, the largest; the rest is added up."""
DEEPEST = 40
"""Names of a path told, the last."""

HOW = {
    "duration": HOW_DURATION,
    "errors": HOW_ERRORS,
    "difference": "B's mean less A's; the differences of all paths' time on the critical path add"
    " up to it, to the nanosecond (collector.analysis.compare.compare)",
    "calls_effect": "the part due to more or fewer calls, at the average of both costs per call",
    "per_call_effect": "the part due to dearer or cheaper calls, at the average of both numbers",
    "verdict": "Kolmogorov and Smirnov's test, 1 % shared among all paths (Bonferroni), and at"
    " least 5 % of the mean (collector.analysis.compare)",
    "histogram": "durations of the roots; both sides have the same bars, low < duration <= high",
}


def comparison(
    a: Picked, b: Picked, fold_a: Fold, fold_b: Fold, tally_a: Tally, tally_b: Tally
) -> Json:
    """The answer of /api/compare. The tallies are of the attributes of some traces of each
    set."""
    bars = bars_of(a.cards + b.cards)
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
        for shift in compared.shifts[:MOST]
    ]
    rest = compared.shifts[MOST:]
    how = (
        "share of the traces in which some span has the value, over the newest"
        f" {tally_a.traces:,} of A and {tally_b.traces:,} of B; two-proportion z-test"
        " (collector.analysis.attributes.compare_tallies)"
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
        "attributes": compare_tallies(tally_a, tally_b),
        "deploys": deploys([*a.cards, *b.cards]),
        "how": HOW | {"attributes": how},
    }


def deploys(cards: Iterable[Card]) -> list[Json]:
    """The versions these traces are of, the newest first."""
    starts: dict[str, list[int]] = {}
    counted: set[str] = set()
    for card in cards:
        if card.version and card.trace_id not in counted:
            counted.add(card.trace_id)  # both sides may have it
            starts.setdefault(card.version, []).append(card.start)
    newest_first = sorted(starts.items(), key=lambda each: (-max(each[1]), each[0]))
    return [
        {
            "version": version,
            "traces": len(found),
            "oldest": str(min(found)),
            "newest": str(max(found)),
        }
        for version, found in newest_first
    ]


def _side(picked: Picked, bars: Bars) -> Json:
    return {
        "sample": sample(picked),
        "errors": failures(picked.cards),
        **durations(picked.cards),
        "histogram": histogram(picked.cards, bars),
    }


def _median(fold: Fold, key: str) -> Json | None:
    return exemplar(examples(fold.calls(key))[0]) if key in fold.nodes else None


class _Paths:
    """The nodes from the root down to one."""

    def __init__(self, a: Fold, b: Fold) -> None:
        self._callers = callers(b) | callers(a)
        self._nodes = b.nodes | a.nodes
        self._depths = {OUTSIDE: -1}

    def depth(self, key: str) -> int:
        """How many nodes are above it."""
        way = []
        while key not in self._depths:
            way.append(key)
            key = self._callers[key]
        depth = self._depths[key]
        for each in reversed(way):
            depth += 1
            self._depths[each] = depth
        return depth

    def names(self, key: str) -> list[str]:
        """`["web flask.request GET /pair/beer", "db beer.query"]`, the node last; an ellipsis first
        where it is deeper than `DEEPEST`."""
        names: list[str] = []
        while key != OUTSIDE:
            if len(names) == DEEPEST:
                names.append("…")
                break
            names.append(" ".join(dict.fromkeys(self._nodes[key].operation)))
            key = self._callers[key]
        return names[::-1]
