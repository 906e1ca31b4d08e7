"""Trace ids of 128 bits, and their lower halves, which are all that some clients send."""

from __future__ import annotations

from collections.abc import Collection

TRACE_ID_DIGITS = 32
NO_UPPER_HALF = "0" * 16


def lower_half(trace_id: str) -> str:
    """Return the last 16 hex digits of a trace id."""
    return trace_id[16:]


def short_id(trace_id: str) -> str:
    """Return the id as those know it who only know its lower half."""
    return NO_UPPER_HALF + lower_half(trace_id)


def is_short(trace_id: str) -> bool:
    """Return whether the id has 64 bits only."""
    return trace_id.startswith(NO_UPPER_HALF)


def may_be_one_trace(one: str, other: str) -> bool:
    """Return whether two ids can mean one trace: they are equal, or one is the other's lower half.

    Two different upper halves are two traces.
    """
    return one == other or (
        lower_half(one) == lower_half(other) and (is_short(one) or is_short(other))
    )


def same_trace(trace_id: str, stored: Collection[str]) -> str | None:
    """Return which of the stored ids is that of this trace; None if none is, or if that can't be
    told. `stored` are all that have the id's lower half.

    It is the same id, else the only other one if one of the two lacks its upper half. Between two
    upper halves there is no telling which trace a short id belongs to.
    """
    if trace_id in stored:
        return trace_id
    [*others] = stored
    if len(others) == 1 and may_be_one_trace(trace_id, others[0]):
        return others[0]
    return None
