"""Which operations there are, in how many traces, and the resources seen with them."""

from __future__ import annotations

import sqlite3
from array import array
from contextlib import suppress

from collector.store.index_terms import operation_term
from collector.store.partition import Partition
from collector.store.recent_index import SeenResource
from collector.store.sqlite import Store

RESOURCES = 100
"""Resources told per operation; the most recently seen."""

Operation = tuple[str, str, str]
"""Service, name and type."""


def operations(store: Store, service: str | None) -> list[dict[str, object]]:
    """The operations of one service, or of all of them, by service and name."""
    traces: dict[Operation, int] = {}
    resources: dict[Operation, dict[str, None]] = {}
    for partition in store.partitions():
        with suppress(sqlite3.Error):  # it may just have been dropped
            here: set[Operation] = set()
            for seen in _seen(partition, service):
                operation = (seen.service, seen.name, seen.type)
                here.add(operation)
                resources.setdefault(operation, {})[seen.resource] = None
            for operation in here:
                traces[operation] = traces.get(operation, 0) + _count(partition, operation)
    return [
        {"service": operation[0], "name": operation[1], "type": operation[2], "traces": count}
        | _told(list(resources[operation]))
        for operation, count in sorted(traces.items())
    ]


def _told(resources: list[str]) -> dict[str, object]:
    told: dict[str, object] = {"resources": resources[:RESOURCES]}
    if len(resources) > RESOURCES:
        told["more_resources"] = len(resources) - RESOURCES
    return told


def _seen(partition: Partition, service: str | None) -> list[SeenResource]:
    """The resources in a partition, the most recent first."""
    seen = [each for each in partition.recent.resources() if service in (None, each.service)]
    condition = "" if service is None else "WHERE service = ?"
    values = () if service is None else (service,)
    with partition.read_connection() as connection:
        found = connection.execute(f"SELECT * FROM resource {condition}", values)  # noqa: S608
        seen += [SeenResource(*row) for row in found]
    return sorted(seen, key=lambda each: -each.row)


def _count(partition: Partition, operation: Operation) -> int:
    """In how many traces of the partition the operation is."""
    rows = partition.recent.with_operation(*operation)
    with partition.read_connection() as connection:
        query = "SELECT traces FROM posting WHERE term = ?"
        for (traces,) in connection.execute(query, (operation_term(*operation),)):
            rows.update(array("I", traces))
    return len(rows)
