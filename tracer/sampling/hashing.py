"""From a trace's id to a number that decides, equally distributed from 0 to 2⁶⁴ − 1.

A trace is kept if its number is small. All who take the same number, and the same rate, decide
alike, without asking each other; at a higher rate, all that a lower one keeps is kept, too.
"""

from __future__ import annotations

from collections.abc import Callable

ID_COUNT = 1 << 64
"""How many numbers there are."""
_FACTOR = 1111111111111111111
_RANDOMNESS_BITS = 56

Hash = Callable[[int], int]


def datadog(trace_id: int) -> int:
    """Return the number that Datadog's clients take.

    The multiplication spreads ids that are not random enough (Knuth's multiplicative hash, The Art
    of Computer Programming, 6.4); the factor is the same in all of them.
    """
    return trace_id * _FACTOR % ID_COUNT


def opentelemetry(trace_id: int) -> int:
    """Return the number that OpenTelemetry's `TraceIdRatioBased` takes: the id's lower half."""
    return trace_id % ID_COUNT


HASHES: dict[str, Hash] = {"datadog": datadog, "opentelemetry": opentelemetry}
"""The hashes by their names in TRACE_SAMPLING_HASH."""


def threshold(rate: float) -> int:
    """Return OpenTelemetry's rejection threshold for a rate: randomness below it is rejected."""
    return round((1 - rate) * (1 << _RANDOMNESS_BITS))


def bound(rate: float) -> int:
    """Return what a trace's number must be below to be kept at a rate.

    It is as coarse as the threshold, so that both say the same of every trace.
    """
    return ID_COUNT - (threshold(rate) << 64 - _RANDOMNESS_BITS)


def randomness(number: int) -> int:
    """Return the 56 bits that OpenTelemetry compares with a threshold, for a trace's number."""
    return (ID_COUNT - 1 - number) >> 64 - _RANDOMNESS_BITS
