"""The stored operations, in how many traces each occurs, and the resources seen with it."""

from __future__ import annotations

import sqlite3
from array import array
from contextlib import suppress

from collector.store.index_terms import operation_term
from collector.store.partition import Partition
from collector.store.recent_index import SeenResource
from collector.store.sqlite import Store

MAX_RESOURCES = 100
"""Resources of an operation that are listed; the most recently seen."""

Operation = tuple[str, str, str]
"""Service, name and type."""


def operations(store: Store, service: str | None) -> list[dict[str, object]]:
    """Return the operations of one service, or of all of them, by service and name."""
    traces: dict[Operation, int] = {}
    resources: dict[Operation, dict[str, None]] = {}
    for partition in store.partitions():
        with suppress(sqlite3.Error):  # it may just have been dropped
            in_partition: set[Operation] = set()
            for seen in _seen_resources(partition, service):
                operation = (seen.service, seen.name, seen.type)
                in_partition.add(operation)
                resources.setdefault(operation, {})[seen.resource] = None
            for operation in in_partition:
                count = _count_traces(partition, operation)
                traces[operation] = traces.get(operation, 0) + count
    return [
        {"service": operation[0], "name": operation[1], "type": operation[2], "traces": count}
        | _resources_json(list(resources[operation]))
        for operation, count in sorted(traces.items())
    ]


def _resources_json(resources: list[str]) -> dict[str, object]:
    answer: dict[str, object] = {"resources": resources[:MAX_RESOURCES]}
    if len(resources) > MAX_RESOURCES:
        answer["more_resources"] = len(resources) - MAX_RESOURCES
    return answer


def _seen_resources(partition: Partition, service: str | None) -> list[SeenResource]:
    """Return the resources in a partition, the most recent first."""
    recent = partition.recent.resources()
    seen = [resource for resource in recent if service in (None, resource.service)]
    condition = "" if service is None else "WHERE service = ?"
    values = () if service is None else (service,)
    with partition.read_connection() as connection:
        rows = connection.execute(f"SELECT * FROM resource {condition}", values)  # noqa: S608
        seen += [SeenResource(*row) for row in rows]
    return sorted(seen, key=lambda resource: -resource.row)


def _count_traces(partition: Partition, operation: Operation) -> int:
    """Return in how many traces of the partition the operation occurs."""
    rows = partition.recent.with_operation(*operation)
    with partition.read_connection() as connection:
        query = "SELECT traces FROM posting WHERE term = ?"
        for (traces,) in connection.execute(query, (operation_term(*operation),)):
            rows.update(array("I", traces))
    return len(rows)
