"""Something one might do to an operation."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

import msgspec

from collector.analysis.span_keys import Operation
from collector.model import Span

WAYS = ("scale", "parallel", "batch", "cache")


class Change(msgspec.Struct, frozen=True):
    """A change to one operation, wherever a trace does it.

    - `scale`: its own time (what none of its children covers) takes `factor` times as long; 0.5 is
      twice as fast. Its children are left as they are.
    - `parallel`: its calls under one parent all start as soon as the parent comes to them, at most
      `width` at a time, and the parent waits for all of them after the last.
    - `batch`: its calls under one parent become one call. What each cost by itself (its own time,
      and the server's at the other end) is paid once, at the dearest; what lies beneath still has
      to be done for all of them, one after another.
    - `cache`: its calls take no time, and nothing beneath them happens.
    """

    operation: Operation
    way: str
    factor: float = 1.0
    """For `scale` only."""
    width: int = 1000
    """For `parallel` only."""

    def __post_init__(self) -> None:
        if self.way not in WAYS:
            raise ValueError(f"no such change: {self.way!r}; choose one of {', '.join(WAYS)}")
        if not (isfinite(self.factor) and self.factor >= 0):
            raise ValueError(f"a factor is a number from 0 on, not {self.factor}")
        if self.width < 1:
            raise ValueError(f"a width is a whole number from 1 on, not {self.width}")


class Changes:
    """Several changes, found by span."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self._by_operation: dict[tuple[str, str, str], Change] = {
            change.operation: change for change in changes
        }

    def of(self, span: Span) -> Change | None:
        """The change that concerns a span.

        Waiting follows work: where `palate.taste` is scaled or cached, so is `palate.wait` of the
        same service, because what it waits for is another request's taste.
        """
        found = self._by_operation.get((span.service, span.name, span.resource))
        if found or not span.name.endswith(".wait"):
            return found
        work = span.name.removesuffix("wait")
        for change in self._by_operation.values():
            changed = change.operation
            same_work = changed.service == span.service and changed.name.startswith(work)
            if same_work and change.way in ("scale", "cache"):
                return change
        return None
