"""One trace, read: its tree, and what each span did with its time."""

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
    """What every aggregate starts from. The lists have one entry for each row of the tree."""

    trace_id: str
    """32 hex digits."""
    tree: Tree
    own: list[int]
    """Self time, ns."""
    critical: list[int]
    """Time on the critical path, ns; adds up to the root's duration."""
    weight: int
    """For how many traces this one stands, in thousandths (`collector.analysis.weight`)."""

    @property
    def duration(self) -> int:
        """Nanoseconds of the root, 0 if there is no span at all."""
        return self.tree.spans[0].duration if self.tree.spans else 0


def read_trace(trace_id: str, spans: Iterable[Span]) -> Trace:
    """Measure the spans of one trace, given in any order. Never raises."""
    tree = build_tree(spans)
    return Trace(trace_id, tree, self_times(tree), critical_times(tree), trace_weight(tree))
