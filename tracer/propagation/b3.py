"""Zipkin's B3, in one header or in several: https://github.com/openzipkin/b3-propagation.

Whichever is written, both are read. A decision without ids (`b3: 0`) is none that we could carry.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping

from ..context import Context
from .headers import Headers

_SINGLE = re.compile(
    r"([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d])(?:-[0-9a-f]{16})?)?", re.IGNORECASE
)
_TRACE_ID = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}", re.IGNORECASE)
_SPAN_ID = re.compile(r"[0-9a-f]{16}", re.IGNORECASE)
_PRIORITIES = {"0": 0, "false": 0, "1": 1, "true": 1, "d": 2}
"""The sampling priority for what a header says; `d`, debug, is a person's wish."""


def inject_single(context: Context, headers: MutableMapping[str, str]) -> None:
    """Add the one header to a request."""
    if context.span_id:
        state = _state(context)
        parts = (_trace_id(context), f"{context.span_id:016x}", *([state] if state else []))
        headers["b3"] = "-".join(parts)


def inject_multi(context: Context, headers: MutableMapping[str, str]) -> None:
    """Add the several headers to a request."""
    if not context.span_id:
        return
    headers["x-b3-traceid"] = _trace_id(context)
    headers["x-b3-spanid"] = f"{context.span_id:016x}"
    state = _state(context)
    if state == "d":
        headers["x-b3-flags"] = "1"
    elif state:
        headers["x-b3-sampled"] = state


def extract(headers: Headers) -> Context | None:
    """Return the context in a request's headers, None if there is none; the one header counts more
    than the several."""
    single = _SINGLE.fullmatch(headers.get("b3", "").strip())
    if single:
        return _context(single[1], single[2], single[3] or "")
    trace_id = headers.get("x-b3-traceid", "").strip()
    span_id = headers.get("x-b3-spanid", "").strip()
    if not (_TRACE_ID.fullmatch(trace_id) and _SPAN_ID.fullmatch(span_id)):
        return None
    is_debug = headers.get("x-b3-flags", "").strip() == "1"
    return _context(trace_id, span_id, "d" if is_debug else headers.get("x-b3-sampled", ""))


def _context(trace_id: str, span_id: str, state: str) -> Context | None:
    trace_number, span_number = int(trace_id, 16), int(span_id, 16)
    if not trace_number or not span_number:
        return None
    return Context(trace_number, span_number, _PRIORITIES.get(state.strip().lower()))


def _trace_id(context: Context) -> str:
    """Return the trace id as 16 digits if that is enough, as older clients want it, else as 32."""
    return f"{context.trace_id:0{16 if context.trace_id < 1 << 64 else 32}x}"


def _state(context: Context) -> str:
    """Return the decision as B3 says it; "" if nobody has decided yet."""
    if context.priority is None:
        return ""
    return "0" if context.priority <= 0 else "1" if context.priority == 1 else "d"
