"""W3C Trace Context: `traceparent` and `tracestate`, https://www.w3.org/TR/trace-context/.

Datadog's finer priority is a member of the latter.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping

from ..context import Context
from ..sampling.tracestate import probability_in
from .datadog import rate_in, rate_text
from .headers import Headers

_TRACESTATE_MEMBER = re.compile(
    r"[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{1,256}"
)
_MAX_MEMBERS = 32
"""Members that a tracestate may have, our own `dd` included."""
_OWN_PRIORITY = re.compile(r"(?:^|;)s:(-1|[012])(?:;|$)")
_OWN_RATE = re.compile(r"(?:^|;)t\.ksr:([^;]{1,20})(?:;|$)")


def inject(context: Context, headers: MutableMapping[str, str]) -> None:
    """Add the headers to a request."""
    headers["traceparent"] = context.traceparent
    own_state = f"p:{context.span_id:016x}"
    if context.priority is not None:
        own_state = f"s:{context.priority};{own_state}"
    if context.sampled and context.probability is not None:
        own_state += f";t.ksr:{rate_text(context.probability)}"
    others = f",{context.tracestate}" if context.tracestate else ""
    headers["tracestate"] = f"dd={own_state}{others}"


def extract(headers: Headers) -> Context | None:
    """Return the context in a request's headers, None if there is none."""
    parent = Context.from_traceparent(headers.get("traceparent", "").strip())
    if parent is None:
        return None
    priority = parent.priority
    probability = None
    others = []
    for member in headers.get("tracestate", "").split(",")[: _MAX_MEMBERS - 1]:
        member = member.strip()
        if member.startswith("dd="):
            # Datadog's finer priority (2: a person wants it kept), unless another vendor's
            # service has decided differently since.
            own = _OWN_PRIORITY.search(member[3:])
            if own and (int(own[1]) > 0) == bool(priority):
                priority = int(own[1])
                rate = _OWN_RATE.search(member[3:])
                probability = rate_in(rate[1]) if rate else None
        elif _TRACESTATE_MEMBER.fullmatch(member):
            others.append(member)
            if member.startswith("ot=") and probability is None:
                probability = probability_in(member[3:])
    return Context(parent.trace_id, parent.span_id, priority, ",".join(others), probability)
