"""What detectors found in many traces, added up."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from collector.analysis.detectors import Finding
from collector.analysis.fold import Exemplar
from collector.analysis.histogram import Histogram, add_counts, bar, quantile_bar
from collector.analysis.trace import Trace


class Trouble(msgspec.Struct, array_like=True, gc=False):
    """One kind of trouble at one place, weighted as in a fold."""

    kind: str
    lesson: str
    traces: int = 0
    """Traces that show it."""
    cost: int = 0
    costs: Histogram = {}
    """Distribution of what is at stake, one value a trace."""
    examples: dict[int, Exemplar] = {}
    """For each bar of `costs` the costliest."""

    def add(self, other: Trouble) -> None:
        """Add the same trouble of other traces."""
        self.traces += other.traces
        self.cost += other.cost
        add_counts(self.costs, other.costs)
        for number, example in other.examples.items():
            mine = self.examples.get(number)
            if mine is None or mine < example:
                self.examples[number] = example

    def typical(self) -> Exemplar:
        """The trace and the span whose cost is about the median."""
        return self.examples[quantile_bar(self.costs, 0.5) or 0]


Troubles = dict[str, Trouble]
"""By kind and key of the place, `n_plus_one 0123456789abcdef`."""


def place(kind: str, key: str) -> str:
    """Under what a kind of trouble at a node is found."""
    return f"{kind} {key}"


def add_troubles(into: Troubles, others: Troubles) -> None:
    """Add the second ones to the first."""
    for where, trouble in others.items():
        mine = into.get(where)
        if mine is None:
            mine = into[where] = Trouble(trouble.kind, trouble.lesson)
        mine.add(trouble)


def troubles_of(trace: Trace, findings: Iterable[Finding], keys: list[str]) -> Troubles:
    """What was found in one trace, by the node of the first span that shows it; `keys` has one for
    each row."""
    row_of = {span.span_id: row for row, span in enumerate(trace.tree.spans)}
    costs: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        where = finding.kind, keys[row_of[finding.spans[0]]]
        costs[where] = costs.get(where, 0) + finding.cost
        first.setdefault(where, finding)
    troubles = {}
    for (kind, key), cost in costs.items():
        finding = first[kind, key]
        number = bar(cost)
        troubles[place(kind, key)] = Trouble(
            kind,
            finding.lesson,
            trace.weight,
            cost * trace.weight,
            {number: trace.weight},
            {number: Exemplar(cost, trace.trace_id, finding.spans[0])},
        )
    return troubles
