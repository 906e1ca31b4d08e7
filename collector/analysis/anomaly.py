"""Something strange about the spans received."""

from __future__ import annotations

from typing import NamedTuple


class Anomaly(NamedTuple):
    """One strange thing, and the span it was seen on."""

    kind: str
    """`orphan`, `duplicate`, `shared_id`, `cycle`, `many_roots`, `no_root`, `impossible_time`,
    `sampled_spans`, `clock_skew`, `proven_skew`, `chain_missing`, `chain_altered` or
    `chain_doubled`."""
    span_id: int
    what: str
    """A description for people."""
    number: int = 1
    """Which of the spans with that id it is (`collector.analysis.shared_ids.number_spans`)."""
