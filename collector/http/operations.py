"""The stored operations, in how many traces each occurs, and the resources seen with it."""

from __future__ import annotations

from heapq import nlargest

from collector.store.trace_store import TraceStore

MAX_OPERATIONS = 1_000
"""Operations that are listed, those in the most traces. More are mostly ids put into names."""
MAX_RESOURCES = 100
"""Resources of an operation that are listed; the most recently seen."""


def operations(store: TraceStore, service: str | None) -> dict[str, object]:
    """Return the operations of one service, or of all of them, by service and name, and how many
    more there are."""
    traces = store.traces_by_operation(service)
    listed = nlargest(MAX_OPERATIONS, traces.items(), key=lambda item: (item[1], item[0]))
    resources = store.resources_seen({operation for operation, _ in listed})
    return {
        "operations": [
            {"service": operation[0], "name": operation[1], "type": operation[2], "traces": count}
            | _resources_json(resources[operation])
            for operation, count in sorted(listed)
        ],
        "left_out": len(traces) - len(listed),
    }


def _resources_json(resources: list[str]) -> dict[str, object]:
    answer: dict[str, object] = {"resources": resources[:MAX_RESOURCES]}
    if len(resources) > MAX_RESOURCES:
        answer["more_resources"] = len(resources) - MAX_RESOURCES
    return answer
