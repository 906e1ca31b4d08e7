"""The known services in the shape in which the API gives them."""

from __future__ import annotations

from heapq import nlargest

from collector.store.service_catalog import Service

MAX_LISTED_SERVICES = 1_000
"""Services that are listed, those seen last. More are mostly a host or an id put into the name."""


def services_json(services: list[Service]) -> dict[str, object]:
    """Return the answer of /api/services, in the order in which services were first seen."""
    newest = nlargest(MAX_LISTED_SERVICES, services, key=lambda service: service.last_seen)
    listed = sorted(newest, key=lambda service: service.color)
    return {
        "services": [
            {"name": s.name, "color": s.color, "kind": s.kind, "last_seen": str(s.last_seen)}
            for s in listed
        ],
        "left_out": len(services) - len(listed),
    }
