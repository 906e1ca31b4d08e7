"""What is counted during a run, in each process; the first process adds it all up."""

from __future__ import annotations

from typing import Any

import msgspec

from loadtest.histogram import Histogram

MAX_SAMPLES = 20
"""Requests kept as samples: this many of the slowest, and as many of those that failed."""


class Sample(msgspec.Struct):
    """One request, with the trace that shows where its time went. Times are in ns."""

    trace_id: str
    name: str
    start: int
    """When it was due (open mode) or sent (closed mode), since 1970."""
    duration: float
    waited: float = 0
    """The part of the duration between being due and being sent; 0 in the closed mode."""
    error: str = ""
    planted: str = ""
    """Which planted failure the app reported."""


class RequestCounts(msgspec.Struct):
    """Counts and durations of the requests of one route, or of one second."""

    times: Histogram = msgspec.field(default_factory=Histogram)
    failed: int = 0
    planted: int = 0
    """Requests that met a planted failure; they do not count as failed."""

    def add(self, sample: Sample) -> None:
        """Count one request."""
        self.times.add(sample.duration)
        self.failed += bool(sample.error)
        self.planted += bool(sample.planted)

    def merge(self, other: RequestCounts) -> None:
        """Add another process's counts."""
        self.times.merge(other.times)
        self.failed += other.failed
        self.planted += other.planted


class FailureCount(msgspec.Struct):
    """The number of requests that failed in one way, and one of them."""

    count: int
    trace_id: str


class RunCounts(msgspec.Struct):
    """All counts of a run. Sent from process to process as plain values (`pack`, `unpack`)."""

    routes: dict[str, RequestCounts] = {}
    seconds: dict[int, RequestCounts] = {}
    """By the second since 1970 in which the response came."""
    failures: dict[str, FailureCount] = {}
    """By route and error, with a line break between them."""
    slowest: list[Sample] = []
    failed: list[Sample] = []
    unsent: int = 0
    """Requests that were due (open mode) and had not been sent when the run ended."""

    def add(self, sample: Sample) -> None:
        """Count one request."""
        self.routes.setdefault(sample.name, RequestCounts()).add(sample)
        second = int((sample.start + sample.duration) // 1_000_000_000)
        self.seconds.setdefault(second, RequestCounts()).add(sample)
        self.slowest = _slowest([*self.slowest, sample])
        if sample.error:
            key = f"{sample.name}\n{sample.error}"
            self.failures.setdefault(key, FailureCount(0, sample.trace_id)).count += 1
            self.failed = [*self.failed, sample][:MAX_SAMPLES]

    def merge(self, other: RunCounts) -> None:
        """Add another process's counts."""
        for name, counts in other.routes.items():
            self.routes.setdefault(name, RequestCounts()).merge(counts)
        for second, counts in other.seconds.items():
            self.seconds.setdefault(second, RequestCounts()).merge(counts)
        for key, failure in other.failures.items():
            self.failures.setdefault(key, FailureCount(0, failure.trace_id)).count += failure.count
        self.slowest = _slowest([*self.slowest, *other.slowest])
        self.failed = [*self.failed, *other.failed][:MAX_SAMPLES]
        self.unsent += other.unsent

    def pack(self) -> Any:
        """Return the counts as maps, lists and numbers."""
        return msgspec.to_builtins(self, str_keys=True)

    @classmethod
    def unpack(cls, packed: Any) -> RunCounts:
        """Return the counts that `pack` made into plain values."""
        return msgspec.convert(packed, cls, strict=False)


def _slowest(samples: list[Sample]) -> list[Sample]:
    return sorted(samples, key=lambda sample: -sample.duration)[:MAX_SAMPLES]
