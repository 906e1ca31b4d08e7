"""The calls from one node of a fold to another, added up: an edge, with examples."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from collector.analysis.histogram import Histogram, add_all_counts


class Exemplar(msgspec.Struct, array_like=True, order=True, frozen=True, gc=False):
    """A span that serves as an example, as in OpenTelemetry's metrics. Of several the one with the
    largest value is kept."""

    value: int
    """The duration or the end of the span in ns, whichever it was chosen by."""
    trace_id: str
    span_id: int


class Calls(msgspec.Struct, array_like=True, gc=False):
    """The calls that one node got from one caller: an edge."""

    calls: int = 0
    errors: int = 0
    asynchronous: int = 0
    """Calls that the caller did not wait for."""
    duration: int = 0
    """Sum of the calls' durations, ns."""
    durations: Histogram = {}
    """Distribution of the calls' durations."""
    statuses: dict[str, int] = {}
    """Calls by class of HTTP status: `2xx`, `5xx`."""
    callers: int = 0
    """Visits of the caller with at least one such call."""
    per_caller: dict[int, int] = {}
    """Visits of the caller by the number of such calls that each of them made (never 0)."""
    sequential: int = 0
    """Calls that began after the previous one of the same visit had ended."""
    overlapping: int = 0
    """Calls that ran side by side with the previous one of the same visit."""
    network: int = 0
    """Sum of the client's durations less the server's, where this edge goes over the wire, ns."""
    networks: Histogram = {}
    """Distribution of the client's duration less the server's."""
    examples: dict[int, Exemplar] = {}
    """The longest call in each bar of `durations`."""
    last_error: Exemplar | None = None
    """The failed call that ended last."""

    def add_all(self, others: Sequence[Calls]) -> None:
        """Add the calls of other edges to these: many at once, because Python sums a list in a
        fraction of the time that single additions take."""
        self.calls += sum([other.calls for other in others])
        self.errors += sum([other.errors for other in others])
        self.asynchronous += sum([other.asynchronous for other in others])
        self.duration += sum([other.duration for other in others])
        self.callers += sum([other.callers for other in others])
        self.sequential += sum([other.sequential for other in others])
        self.overlapping += sum([other.overlapping for other in others])
        self.network += sum([other.network for other in others])
        add_all_counts(self.durations, [other.durations for other in others])
        add_all_counts(self.statuses, [other.statuses for other in others if other.statuses])
        add_all_counts(self.per_caller, [other.per_caller for other in others])
        add_all_counts(self.networks, [other.networks for other in others if other.networks])
        examples = self.examples
        for other in others:
            for number, example in other.examples.items():
                mine = examples.get(number)
                if mine is None or mine < example:
                    examples[number] = example
        errors = [other.last_error for other in others if other.last_error]
        if errors:
            self.last_error = max(*errors, self.last_error or errors[0])
