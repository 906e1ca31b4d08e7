"""Datadog's headers, `x-datadog-*`: decimal ids of 64 bits, the rest of a trace id in a tag."""

from __future__ import annotations

import re
from collections.abc import MutableMapping

from ..context import Context
from .headers import Headers

_DECIMAL = re.compile(r"[0-9]{1,20}")
_PRIORITY = re.compile(r"-1|[012]")
_RATE = re.compile(r"(?:^|,)\s*_dd\.p\.ksr=([^,]{1,20})")
_HIGH_BITS = re.compile(r"(?:^|,)\s*_dd\.p\.tid=([0-9a-f]{16})\s*(?:,|$)")


def inject(context: Context, headers: MutableMapping[str, str]) -> None:
    """Add the headers to a request."""
    headers["x-datadog-trace-id"] = str(context.trace_id & (1 << 64) - 1)
    headers["x-datadog-parent-id"] = str(context.span_id)
    if context.priority is not None:
        headers["x-datadog-sampling-priority"] = str(context.priority)
    tags = []
    if high := context.trace_id >> 64:
        tags.append(f"_dd.p.tid={high:016x}")
    if context.sampled and context.probability is not None:
        tags.append(f"_dd.p.ksr={rate_text(context.probability)}")
    if tags:
        headers["x-datadog-tags"] = ",".join(tags)


def extract(headers: Headers) -> Context | None:
    """Return the context in a request's headers, None if there is none."""
    trace_id = _uint64(headers.get("x-datadog-trace-id", ""))
    tags = headers.get("x-datadog-tags", "")
    if trace_id is not None and (high := _HIGH_BITS.search(tags)):
        trace_id |= int(high[1], 16) << 64
    if not trace_id:
        return None
    priority = _PRIORITY.fullmatch(headers.get("x-datadog-sampling-priority", "").strip())
    return Context(
        trace_id,
        _uint64(headers.get("x-datadog-parent-id", "")) or 0,
        int(priority[0]) if priority else None,
        probability=rate_in(rate[1]) if priority and (rate := _RATE.search(tags)) else None,
    )


def rate_text(probability: float) -> str:
    """Return a probability as Datadog's clients write it, up to six digits."""
    return f"{probability:.6g}"


def rate_in(text: str) -> float | None:
    """Return the probability that they wrote; None if it is none."""
    try:
        rate = float(text)
    except ValueError:
        return None
    return rate if 0 < rate <= 1 else None


def _uint64(text: str) -> int | None:
    """Return the number in a decimal of up to 64 bits, None for anything else."""
    number = int(text) if _DECIMAL.fullmatch(text := text.strip()) else 1 << 64
    return number if number < 1 << 64 else None
