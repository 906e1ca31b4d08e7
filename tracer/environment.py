"""Settings from the environment, of which an invalid one must not keep the app from starting."""

from __future__ import annotations

import logging
import os

from .history import OFF, setting_of
from .history import Setting as HistorySetting
from .sampling.hashing import HASHES, Hash, datadog

log = logging.getLogger("tracer")


def sampling_hash() -> Hash:
    """Return how trace ids are hashed where a head samples, as TRACE_SAMPLING_HASH says."""
    name = os.environ.get("TRACE_SAMPLING_HASH") or "datadog"
    if name not in HASHES:
        log.warning("TRACE_SAMPLING_HASH is %r, not one of %s", name, ", ".join(HASHES))
    return HASHES.get(name, datadog)


def history() -> HistorySetting:
    """Return whether a history is carried, as TRACE_HISTORY says."""
    try:
        return setting_of(os.environ.get("TRACE_HISTORY") or "0")
    except ValueError as problem:
        log.warning("TRACE_HISTORY: %s: keeping none", problem)
        return OFF


def is_on(name: str) -> bool:
    """Return whether a variable is 1: anything else turns nothing on."""
    return os.environ.get(name) == "1"
