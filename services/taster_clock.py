"""A clock that is wrong on purpose: the one that dates the taster's spans, and nothing else."""

from __future__ import annotations

import time

from services import current_trace
from services.dials import dials

_drifts_since = time.time_ns()


def set_wrong() -> None:
    """Have the tracer date its spans by this clock. It is right until a dial is turned."""
    current_trace.date_by(now)
    dials.on_turn("CLOCK_DRIFT_PPM", _begin_to_drift)


def now() -> int:
    """Return the time of day that this clock shows, ns since 1970.

    It drifts from the moment on at which that dial was turned.
    """
    true = time.time_ns()
    drift = (true - _drifts_since) * dials.CLOCK_DRIFT_PPM / 1_000_000
    return true + round(dials.CLOCK_OFFSET_MS * 1_000_000 + drift)


def _begin_to_drift() -> None:
    global _drifts_since
    _drifts_since = time.time_ns()
