"""OpenTelemetry's member of W3C's `tracestate`: with what probability a trace was kept.

    ot=th:c;rv:e6bd71f5a2cd61

`th` is the threshold, hex digits without the zeros at their end: a trace is kept if its randomness
`rv` is not below it, so 1 − th / 2⁵⁶ of all are. Whoever finds both decides as we did, whatever its
own hash is. https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
"""

from __future__ import annotations

import re

from .hashing import threshold

_DIGITS = 14
_THRESHOLD = re.compile(r"(?:^|;)th:([0-9a-f]{1,14})(?:;|$)")


def member(probability: float, randomness: int) -> str:
    """Return the member for a trace that was kept with a probability."""
    digits = f"{threshold(probability):0{_DIGITS}x}".rstrip("0") or "0"
    return f"ot=th:{digits};rv:{randomness:0{_DIGITS}x}"


def without_member(tracestate: str) -> str:
    """Return a tracestate without it: the trace is not kept by chance any more."""
    members = tracestate.split(",")
    return ",".join(member for member in members if not member.startswith("ot="))


def probability_in(value: str) -> float | None:
    """Return the probability that a member's value gives; None if it gives none."""
    found = _THRESHOLD.search(value)
    if not found:
        return None
    return 1 - int(found[1].ljust(_DIGITS, "0"), 16) / 16**_DIGITS
