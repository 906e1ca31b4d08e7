"""What if this were faster? Stored traces, replayed with some changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from collector.analysis.cache_misses import missing_rows
from collector.analysis.change import Change, Changes
from collector.analysis.percentiles import Latency, latency
from collector.analysis.replay import replay
from collector.analysis.trace import Trace


class Prediction(NamedTuple):
    """The durations of some roots, as measured and as predicted. The lists have one entry for each
    trace."""

    weights: list[int]
    """How many traces each one represents, in thousandths."""
    measured_durations: list[int]
    """Nanoseconds."""
    predicted_durations: list[int]
    """Nanoseconds."""

    @property
    def traces(self) -> int:
        """How many traces were replayed."""
        return len(self.weights)

    @property
    def measured(self) -> Latency:
        """Mean and percentiles as measured."""
        return latency(self.measured_durations, self.weights)

    @property
    def predicted(self) -> Latency:
        """Mean and percentiles as predicted."""
        return latency(self.predicted_durations, self.weights)

    @property
    def concerned(self) -> float:
        """Weighted share of the traces whose duration changes, 0 to 1."""
        columns = zip(self.weights, self.measured_durations, self.predicted_durations, strict=True)
        changed = sum(weight for weight, measured, predicted in columns if measured != predicted)
        return changed / max(1, sum(self.weights))


def predict(traces: Iterable[Trace], changes: Iterable[Change]) -> Prediction:
    """Replay each trace with the changes (`collector.analysis.replay`), except those whose root has
    impossible times."""
    by_span = Changes(changes)
    prediction = Prediction([], [], [])
    timed = [trace for trace in traces if trace.timed]
    for trace, missing in zip(timed, missing_rows(timed, by_span), strict=True):
        prediction.weights.append(trace.weight)
        prediction.measured_durations.append(trace.duration)
        prediction.predicted_durations.append(replay(trace, by_span, missing))
    return prediction
