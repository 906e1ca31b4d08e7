"""Carrying a trace over HTTP, in the headers of W3C Trace Context and of Datadog.

Both are written, so that any tracer on the other side joins in. Both are read; if both are there,
the W3C ones count. Whatever cannot be read counts as absent: headers come from strangers.

Formats: https://www.w3.org/TR/trace-context/ and Datadog's `x-datadog-*`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping

from .context import Context

REQUEST_ID = "x-request-id"
"""The header with a proxy's or a client's own name for the request, which becomes a tag."""

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_TRACESTATE_MEMBER = re.compile(
    r"[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{1,256}"
)
_MAX_MEMBERS = 32
"""Members that a tracestate may have, our own `dd` included (W3C)."""
_DECIMAL = re.compile(r"[0-9]{1,20}")
_PRIORITY = re.compile(r"-1|[012]")
_HIGH_BITS = re.compile(r"(?:^|,)\s*_dd\.p\.tid=([0-9a-f]{16})\s*(?:,|$)")
_OWN_PRIORITY = re.compile(r"(?:^|;)s:(-1|[012])(?:;|$)")


def inject(context: Context | None, headers: MutableMapping[str, str]) -> None:
    """Add the headers to a request that let the called service continue the trace."""
    if context is None or not context.trace_id:
        return
    headers["traceparent"] = context.traceparent
    headers["x-datadog-trace-id"] = str(context.trace_id & (1 << 64) - 1)
    headers["x-datadog-parent-id"] = str(context.span_id)
    own_state = f"p:{context.span_id:016x}"
    if context.priority is not None:
        headers["x-datadog-sampling-priority"] = str(context.priority)
        own_state = f"s:{context.priority};{own_state}"
    if high := context.trace_id >> 64:
        headers["x-datadog-tags"] = f"_dd.p.tid={high:016x}"
    headers["tracestate"] = ",".join(filter(None, (f"dd={own_state}", context.tracestate)))


def extract(headers: Mapping[str, str]) -> Context | None:
    """Return the context in a request's headers, whatever the case of their names, or None."""
    try:
        lower = {str(name).lower(): str(value) for name, value in headers.items()}
    except Exception:
        return None
    return _extract_w3c(lower) or _extract_datadog(lower)


def _extract_w3c(headers: dict[str, str]) -> Context | None:
    match = _TRACEPARENT.fullmatch(headers.get("traceparent", "").strip())
    if not match:
        return None
    version, trace_id, span_id, flags, more = match.groups()
    if (
        version == "ff"
        or (version == "00" and more)
        or not int(trace_id, 16)
        or not int(span_id, 16)
    ):
        return None
    priority = int(flags, 16) & 1
    others = []
    for member in headers.get("tracestate", "").split(",")[: _MAX_MEMBERS - 1]:
        member = member.strip()
        if member.startswith("dd="):
            # Datadog's finer priority (2: a person wants it kept), unless another vendor's
            # service has decided differently since.
            own = _OWN_PRIORITY.search(member[3:])
            if own and (int(own[1]) > 0) == bool(priority):
                priority = int(own[1])
        elif _TRACESTATE_MEMBER.fullmatch(member):
            others.append(member)
    return Context(int(trace_id, 16), int(span_id, 16), priority, ",".join(others))


def _extract_datadog(headers: dict[str, str]) -> Context | None:
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
