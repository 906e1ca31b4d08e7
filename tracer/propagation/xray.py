"""AWS X-Ray's `X-Amzn-Trace-Id`, which is only read: load balancers write it, too.

https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

from __future__ import annotations

import re

from ..context import Context
from .headers import Headers

_ROOT = re.compile(r"1-([0-9a-f]{8})-([0-9a-f]{24})", re.IGNORECASE)
_PARENT = re.compile(r"[0-9a-f]{16}", re.IGNORECASE)
_PRIORITIES = {"0": 0, "1": 1}
_MAX_FIELDS = 20


def extract(headers: Headers) -> Context | None:
    """Return the context in a request's headers, None if there is none. Without a parent, only the
    trace is named."""
    fields = {}
    for field in headers.get("x-amzn-trace-id", "").split(";", _MAX_FIELDS)[:_MAX_FIELDS]:
        name, _, value = field.partition("=")
        fields[name.strip().lower()] = value.strip()
    root = _ROOT.fullmatch(fields.get("root", ""))
    if not root or not int(root[1] + root[2], 16):
        return None
    parent = _PARENT.fullmatch(fields.get("parent", ""))
    priority = _PRIORITIES.get(fields.get("sampled", ""))
    return Context(int(root[1] + root[2], 16), int(parent[0], 16) if parent else 0, priority)
