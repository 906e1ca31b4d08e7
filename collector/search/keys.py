"""The keys of search terms: our own, and how other tools call the same."""

from __future__ import annotations

from typing import NamedTuple

from collector.http_status import STATUS_TAGS
from collector.store.index_terms import FIELDS
from collector.store.why_kept import KEPT_TAG

TRACE_KEYS = (
    "duration",
    "spans",
    "trace",
    "synthetic",
    "inferred",
    "root.service",
    "root.name",
    "root.resource",
    "root.duration",
    "route.service",
    "route.resource",
    "route.error",
)
"""Keys that are about a whole trace, and not about one of its spans."""
OWN_KEYS = (*FIELDS, "error", "span.duration", *TRACE_KEYS)

_SYNONYMS = {
    "service": "service.name service_name servicename",
    "name": "operation operation.name operation_name operationname span.name span_name spanname",
    "resource": "resource.name resource_name resourcename",
    "type": "span.type span_type spantype",
    "duration": "trace.duration trace_duration traceduration latency",
    "span.duration": "span_duration spanduration",
    "root.service": "rootservice rootservicename root_service",
    "root.name": "rootname root_name",
    "trace": "trace_id traceid trace.id trace.trace_id dd.trace_id traceparent traceresponse"
    " x-datadog-trace-id x-b3-traceid",
}
_OWN_BY_SYNONYM = {other: own for own, others in _SYNONYMS.items() for other in others.split()}
_AT_LEAST = ("minduration", "min_duration", "min.duration")
_AT_MOST = ("maxduration", "max_duration", "max.duration")
_WITH_UNIT = {f"duration_{unit}": unit for unit in ("ms", "us", "ns", "s")}
STATUS = "status"
"""The meaning of a key under which tools search for the status of a request, or of a span."""
_STATUS_KEYS = (STATUS, "status_code", "statuscode", "http.status", "http_status", STATUS_TAGS[1])
KEPT = "kept"
"""How it is searched for why a trace was kept at its tail."""
EXISTS = "_exists_"
"""What Kibana calls the question whether there is a tag."""
_PREFIXES = ("@", ".", "resource.", "span.", "attributes.", "tags.")
"""What others put before the key of a tag, to say what it is a tag of."""

DURATION_KEYS = frozenset(
    key
    for key in (*OWN_KEYS, *_OWN_BY_SYNONYM, *_AT_LEAST, *_AT_MOST)
    if _OWN_BY_SYNONYM.get(key, key).endswith("duration")
)
MEASURE_KEYS = DURATION_KEYS | {"spans", *_WITH_UNIT}
"""Keys with a number as their value, in lower case."""
TEXT_KEYS = frozenset(
    key
    for key in (*OWN_KEYS, *_OWN_BY_SYNONYM)
    if _OWN_BY_SYNONYM.get(key, key).rpartition(".")[2] in ("name", "resource")
)
"""Keys of names and resources, in lower case."""


class Meaning(NamedTuple):
    """One of the things that a key can mean."""

    key: str
    """One of `OWN_KEYS`, `STATUS`, or the key of a tag."""
    is_own: bool
    comparison: str = ""
    """The comparison that is in the key, as in `minDuration`; "" if none is."""
    unit: str = ""
    """The unit that is in the key, as in `duration_ms`; "" if none is."""


def meanings(key: str, folded: str) -> list[Meaning]:
    """Return all that a key can mean; a trace matches by any of them. What it means to us comes
    first. `folded` is the key in lower case, empty if only a tag can be meant.

    Our own keys mean one thing only. What others call them may be a tag of that name, too.
    """
    if folded in OWN_KEYS:
        return [Meaning(folded, True)]
    as_tag = Meaning(key, False)
    if not folded:
        return [as_tag]
    if folded == KEPT:
        return [Meaning(KEPT_TAG, False)]
    if folded in _STATUS_KEYS:
        return [Meaning(STATUS, True), as_tag]
    if folded in _WITH_UNIT:
        return [Meaning("duration", True, unit=_WITH_UNIT[folded]), as_tag]
    if folded in _AT_LEAST + _AT_MOST:
        return [Meaning("duration", True, ">=" if folded in _AT_LEAST else "<="), as_tag]
    if folded in _OWN_BY_SYNONYM:
        return [Meaning(_OWN_BY_SYNONYM[folded], True), as_tag]
    for prefix in _PREFIXES:
        if folded.startswith(prefix) and len(folded) > len(prefix):
            rest = key[len(prefix) :]
            return [*meanings(rest, rest.casefold()), as_tag]
    return [as_tag]
