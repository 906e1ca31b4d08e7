"""Jaeger's `uber-trace-id`, which is only read: its clients have been retired.

https://www.jaegertracing.io/docs/1.76/sdk-migration/#propagation-format
"""

from __future__ import annotations

import re

from ..context import Context
from .headers import Headers

# Jaeger's clients in some languages leave out leading zeros, or escape the colons.
_HEADER = re.compile(
    r"([0-9a-f]{1,32})(?::|%3a)([0-9a-f]{1,16})(?::|%3a)[0-9a-f]{1,16}(?::|%3a)([0-9a-f]{1,2})",
    re.IGNORECASE,
)
_SAMPLED, _DEBUG = 1, 2


def extract(headers: Headers) -> Context | None:
    """Return the context in a request's headers, None if there is none."""
    match = _HEADER.fullmatch(headers.get("uber-trace-id", "").strip())
    if not match:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in match.groups())
    if not trace_id or not span_id:
        return None
    return Context(trace_id, span_id, 2 if flags & _DEBUG else flags & _SAMPLED)
