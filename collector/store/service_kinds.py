"""What kind of service each looks like, judged by some of its spans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from collector.model import Span
from collector.span_types import DATASTORE_TYPES


def service_kinds(
    spans: Sequence[Span], services_and_types: Collection[tuple[str, str]]
) -> dict[str, str]:
    """Return the kind of each service among the spans of a chunk: `datastore`, `client` or
    `service`. What services and types there are among them is counted already."""
    kinds: dict[str, str] = {}
    typed = {service for service, type_ in services_and_types if type_}
    for service, type_ in services_and_types:
        if not type_ and service in typed:
            continue  # written by hand around a query: the query says what it is
        kind = kind_of_type(type_)
        if kinds.setdefault(service, kind) != kind:
            kinds[service] = "service"
    # Only a load generator or a browser has nothing but client spans that begin a trace.
    roots = [span for span in spans if not span.parent_id]
    clients = Counter(span.service for span in roots if span.tags.get("span.kind") == "client")
    if clients:
        all_spans = Counter(span.service for span in spans)
        kinds |= {name: "client" for name, count in clients.items() if count == all_spans[name]}
    return kinds


def kind_of_type(type_: str) -> str:
    """Return the kind of service that has spans of this type: `datastore` or `service`."""
    return "datastore" if type_ in DATASTORE_TYPES else "service"
