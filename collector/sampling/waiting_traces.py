"""Which traces wait for their decision, and since when. Their spans are elsewhere, on the disk."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

from collector.sampling.holding import HeldRow

MAX_TRACES = 100_000
MAX_SPANS = 1_000_000
"""Traces and spans that may wait. Beyond that, those that came first are decided early."""
ROOT_WAIT_S = 60.0
"""How long a trace is waited for that has no root yet: its request is still going on, or its root
was never sent."""


@dataclass(slots=True)
class WaitingTrace:
    """A trace that waits."""

    since: float
    """When its first span came, or its root if that came after the others had waited for it."""
    has_root: bool = False
    spans: int = 0
    ids: list[int] = field(default_factory=list)
    """Where its spans are held."""


class DueTrace(NamedTuple):
    """A trace to look at now."""

    key: int
    trace: WaitingTrace
    is_last: bool
    """Whether it has to be decided now. Others may wait on for their root."""
    is_early: bool
    """Whether it was due because too many wait."""


class WaitingTraces:
    """The traces that wait, by their keys. Times are in seconds, and never go back."""

    def __init__(self) -> None:
        self.spans = 0
        """How many spans they have."""
        self._in_window: OrderedDict[int, WaitingTrace] = OrderedDict()
        """Those that wait for further spans, the one that has waited for longest comes first."""
        self._rootless: OrderedDict[int, WaitingTrace] = OrderedDict()
        """Those that have waited for further spans and now wait for their root, likewise."""

    def __len__(self) -> int:
        return len(self._in_window) + len(self._rootless)

    def __contains__(self, key: int) -> bool:
        return key in self._in_window or key in self._rootless

    def add(self, row: HeldRow, now: float) -> None:
        """Let these spans wait with their trace."""
        trace = self._in_window.get(row.key) or self._rootless.get(row.key)
        if trace is None:
            trace = self._in_window[row.key] = WaitingTrace(now)
        elif row.has_root and not trace.has_root and row.key in self._rootless:
            # Its other spans may be on their way, as those of any trace are.
            trace.since = now
            self._in_window[row.key] = self._rootless.pop(row.key)
        trace.has_root = trace.has_root or row.has_root
        trace.spans += row.spans
        trace.ids.append(row.id)
        self.spans += row.spans

    def take_due(self, now: float, wait_s: float, max_spans: int) -> list[DueTrace]:
        """Remove and return the traces to look at now: those that have waited for `wait_s`, those
        whose root has not come for much longer, and some that have not if too many wait. They have
        no more than `max_spans`, unless a single one has."""
        due: list[DueTrace] = []
        spans = 0
        root_wait_s = max(wait_s, ROOT_WAIT_S) if wait_s else 0
        for traces, longest in ((self._rootless, root_wait_s), (self._in_window, wait_s)):
            while traces and spans < max_spans:
                key, trace = next(iter(traces.items()))
                is_early = now - trace.since < longest
                if is_early and len(self) <= MAX_TRACES and self.spans <= MAX_SPANS:
                    break
                del traces[key]
                self.spans -= trace.spans
                spans += trace.spans
                is_last = trace.has_root or is_early or traces is self._rootless or not wait_s
                due.append(DueTrace(key, trace, is_last, is_early))
        return due

    def wait_for_root(self, due: DueTrace) -> None:
        """Let a trace that was due wait on, until its root comes."""
        self._return(due, self._rootless)

    def give_back(self, due: DueTrace) -> None:
        """Let a trace be due again."""
        self._return(due, self._in_window)
        self._in_window.move_to_end(due.key, last=False)

    def _return(self, due: DueTrace, traces: OrderedDict[int, WaitingTrace]) -> None:
        trace = due.trace
        self.spans += trace.spans
        if later := self._in_window.get(due.key):  # spans that came while it was looked at
            later.spans += trace.spans
            later.ids += trace.ids
            later.has_root = later.has_root or trace.has_root
        else:
            traces[due.key] = trace
