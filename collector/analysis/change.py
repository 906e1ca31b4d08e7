"""A change that one might make to an operation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite

import msgspec

from collector.analysis.span_keys import Operation, operation_of
from collector.model import Span

WAYS = ("scale", "parallel", "batch", "cache")
"""The ways to change an operation."""
NUMBER_OF_WAY = {"scale": "factor", "parallel": "width", "cache": "hit_ratio"}
"""The number that a way takes, where it takes one."""


class Change(msgspec.Struct, frozen=True):
    """A change to one operation, wherever a trace performs it.

    - `scale`: its self time (what none of its children covers) takes `factor` times as long; 0.5 is
      twice as fast. Its children stay as they are.
    - `parallel`: its calls under one parent all start as soon as the parent gets to them, at most
      `width` at a time, and the parent waits for all of them after the last.
    - `batch`: its calls under one parent become one call. What each cost by itself (its self time,
      and the server's at the other end) is paid once, at the price of the first; the work beneath
      still has to be done for all of them, one after another, and so has what the parent did
      between them.
    - `cache`: the share `hit_ratio` of its calls takes no time, and nothing beneath them happens.

    Raises `ValueError` if the way, the factor, the width or the hit ratio is not valid.
    """

    operation: Operation
    way: str
    factor: float = 1.0
    """For `scale` only."""
    width: int = 1000
    """For `parallel` only."""
    hit_ratio: float = 1.0
    """For `cache` only: the probability, 0 to 1, that a call finds its answer there."""

    def __post_init__(self) -> None:
        if self.way not in WAYS:
            raise ValueError(f"unknown way {self.way!r}; choose one of {', '.join(WAYS)}")
        if not (isfinite(self.factor) and self.factor >= 0):
            raise ValueError(f"factor must be at least 0, not {self.factor}")
        if self.width < 1:
            raise ValueError(f"width must be at least 1, not {self.width}")
        if not 0 <= self.hit_ratio <= 1:
            raise ValueError(f"hit_ratio must be between 0 and 1, not {self.hit_ratio}")


class Changes:
    """Several changes, to be looked up by span."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self._by_operation: dict[Operation, Change] = {
            change.operation: change for change in changes
        }

    def __iter__(self) -> Iterator[Change]:
        return iter(self._by_operation.values())

    def for_span(self, span: Span) -> Change | None:
        """Return the change that applies to a span, if any.

        Waiting follows work: where `palate.taste` is scaled or cached, so is `palate.wait` of the
        same service, because what it waits for is another request's taste.
        """
        change = self._by_operation.get(operation_of(span))
        if change or not span.name.endswith(".wait"):
            return change
        work = span.name.removesuffix("wait")
        for change in self._by_operation.values():
            changed = change.operation
            same_work = changed.service == span.service and changed.name.startswith(work)
            if same_work and change.way in ("scale", "cache"):
                return change
        return None
