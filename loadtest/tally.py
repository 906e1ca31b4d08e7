"""tally: what is counted while a run goes on, in each process; the first one adds it all up."""

from __future__ import annotations

from typing import Any

import msgspec

from loadtest.histogram import Histogram

KEPT = 20
"""Requests of which a sample is kept: so many of the slowest, and so many that failed."""


class Sample(msgspec.Struct):
    """One request, with the trace that shows where its time went. Times are in ns."""

    trace_id: str
    name: str
    start: int
    """When it was due (open mode) or sent, since 1970."""
    duration: float
    waited: float = 0
    """How much of the duration it was due and not sent yet; 0 in the closed mode."""
    error: str = ""
    planted: str = ""
    """What the app says was planted and went wrong."""


class Count(msgspec.Struct):
    """Requests of one route, or of one second."""

    times: Histogram = msgspec.field(default_factory=Histogram)
    failed: int = 0
    planted: int = 0
    """Those in which a planted failure showed; they do not count as failed."""

    def add(self, sample: Sample) -> None:
        """Count one request."""
        self.times.add(sample.duration)
        self.failed += bool(sample.error)
        self.planted += bool(sample.planted)

    def merge(self, other: Count) -> None:
        """Count what another process has counted, too."""
        self.times.merge(other.times)
        self.failed += other.failed
        self.planted += other.planted


class Failure(msgspec.Struct):
    """Requests that failed in one way."""

    count: int
    trace_id: str
    """One of them."""


class Tally(msgspec.Struct):
    """All that was counted. Sent from process to process as plain values (`pack`, `unpack`)."""

    routes: dict[str, Count] = {}
    seconds: dict[int, Count] = {}
    """By the second since 1970 in which the answer came."""
    failures: dict[str, Failure] = {}
    """By route and error, a line break between them."""
    slowest: list[Sample] = []
    failed: list[Sample] = []
    unsent: int = 0
    """Requests that were due (open mode) and had not been sent when the run ended."""

    def add(self, sample: Sample) -> None:
        """Count one request."""
        self.routes.setdefault(sample.name, Count()).add(sample)
        second = int((sample.start + sample.duration) // 1_000_000_000)
        self.seconds.setdefault(second, Count()).add(sample)
        self.slowest = _longest([*self.slowest, sample])
        if sample.error:
            key = f"{sample.name}\n{sample.error}"
            self.failures.setdefault(key, Failure(0, sample.trace_id)).count += 1
            self.failed = [*self.failed, sample][:KEPT]

    def merge(self, other: Tally) -> None:
        """Count what another process has counted, too."""
        for name, count in other.routes.items():
            self.routes.setdefault(name, Count()).merge(count)
        for second, count in other.seconds.items():
            self.seconds.setdefault(second, Count()).merge(count)
        for key, failure in other.failures.items():
            self.failures.setdefault(key, Failure(0, failure.trace_id)).count += failure.count
        self.slowest = _longest([*self.slowest, *other.slowest])
        self.failed = [*self.failed, *other.failed][:KEPT]
        self.unsent += other.unsent

    def pack(self) -> Any:
        """The tally as maps, lists and numbers."""
        return msgspec.to_builtins(self, str_keys=True)

    @classmethod
    def unpack(cls, packed: Any) -> Tally:
        """What `pack` made of a tally."""
        return msgspec.convert(packed, cls, strict=False)


def _longest(samples: list[Sample]) -> list[Sample]:
    return sorted(samples, key=lambda sample: -sample.duration)[:KEPT]
