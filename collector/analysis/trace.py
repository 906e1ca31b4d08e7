"""A trace, analysed: its tree, and what each span did with its time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from collector.analysis.critical_path import critical_times
from collector.analysis.self_time import self_times
from collector.analysis.tree import Tree, build_tree
from collector.analysis.weight import trace_weight
from collector.model import Span


@dataclass(slots=True)
class Trace:
    """One trace, as every aggregate starts from it. The lists have one entry for each row of the
    tree."""

    trace_id: str
    """32 hex digits."""
    tree: Tree
    self_times: list[int]
    """Self time of each row, ns."""
    critical_times: list[int]
    """Time of each row on the critical path, ns; adds up to the root's duration."""
    weight: int
    """How many traces this one represents, in thousandths (`collector.analysis.weight`)."""

    @property
    def timed(self) -> bool:
        """Whether the root's start and duration are possible. If not, they are those of its
        descendants."""
        return not self.tree.spans or self.tree.spans[0].timed

    @property
    def duration(self) -> int:
        """Duration of the root in ns, 0 if there are no spans."""
        return self.tree.spans[0].duration if self.tree.spans else 0


def read_trace(trace_id: str, spans: Iterable[Span]) -> Trace:
    """Analyse the spans of one trace, given in any order. Never raises."""
    tree = build_tree(spans)
    return Trace(trace_id, tree, self_times(tree), critical_times(tree), trace_weight(tree))
