"""Datadog's headers, `x-datadog-*`: decimal ids of 64 bits, the rest of a trace id in a tag."""

from __future__ import annotations

import re
from collections.abc import MutableMapping

from ..context import Context

_DECIMAL = re.compile(r"[0-9]{1,20}")
_PRIORITY = re.compile(r"-1|[012]")
_HIGH_BITS = re.compile(r"(?:^|,)\s*_dd\.p\.tid=([0-9a-f]{16})\s*(?:,|$)")


def inject(context: Context, headers: MutableMapping[str, str]) -> None:
    """Add the headers to a request."""
    headers["x-datadog-trace-id"] = str(context.trace_id & (1 << 64) - 1)
    headers["x-datadog-parent-id"] = str(context.span_id)
    if context.priority is not None:
        headers["x-datadog-sampling-priority"] = str(context.priority)
    if high := context.trace_id >> 64:
        headers["x-datadog-tags"] = f"_dd.p.tid={high:016x}"


def extract(headers: dict[str, str]) -> Context | None:
    """Return the context in a request's headers, None if there is none."""
    trace_id = _uint64(headers.get("x-datadog-trace-id", ""))
    if trace_id is not None and (high := _HIGH_BITS.search(headers.get("x-datadog-tags", ""))):
        trace_id |= int(high[1], 16) << 64
    if not trace_id:
        return None
    priority = _PRIORITY.fullmatch(headers.get("x-datadog-sampling-priority", "").strip())
    return Context(
        trace_id,
        _uint64(headers.get("x-datadog-parent-id", "")) or 0,
        int(priority[0]) if priority else None,
    )


def _uint64(text: str) -> int | None:
    """Return the number in a decimal of up to 64 bits, None for anything else."""
    number = int(text) if _DECIMAL.fullmatch(text := text.strip()) else 1 << 64
    return number if number < 1 << 64 else None
