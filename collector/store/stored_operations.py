"""The operations in the index of partitions, and the resources seen with them."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import islice

from collector.name_template import template_of
from collector.store.index_terms import Operation, operation_term, prefix
from collector.store.partition import Partition
from collector.store.recent_index import MAX_RESOURCES, RecentIndex

MAX_COUNTED_OPERATIONS = 100_000
"""Operations that are counted, those of the newest traces: enough to say there are too many."""


def traces_by_operation(
    partitions: Collection[Partition], service: str | None
) -> dict[Operation, int]:
    """Return in how many traces each operation of a service, or of all, occurs."""
    traces: dict[Operation, int] = {}
    for partition in partitions:
        with suppress(sqlite3.Error):  # it may just have been dropped
            for operation, count in _traces_by_operation(partition, service).items():
                if operation in traces or len(traces) < MAX_COUNTED_OPERATIONS:
                    traces[operation] = traces.get(operation, 0) + count
    return traces


def resources_seen(
    partitions: Collection[Partition], operations: Collection[Operation]
) -> dict[Operation, list[str]]:
    """Return the resources seen with each of these operations: those of newer partitions first, and
    within one those seen last."""
    wanted = set(operations)
    resources: dict[Operation, dict[str, None]] = {operation: {} for operation in wanted}
    for partition in partitions:
        with suppress(sqlite3.Error):
            for _, resource, operation in sorted(_seen(partition, wanted), key=lambda s: -s[0]):
                resources[operation][template_of(resource)] = None
    return {operation: list(seen) for operation, seen in resources.items()}


def _traces_by_operation(partition: Partition, service: str | None) -> dict[Operation, int]:
    """Return in how many traces of the partition each operation occurs, in one pass over the
    index."""
    rows_of = _recent_rows(partition.recent, service)
    operation_of = {operation_term(*operation): operation for operation in rows_of}
    where, values = ("", ()) if service is None else ("WHERE service = ?", (service,))
    with partition.read_connection() as connection:
        query = f"SELECT DISTINCT service, name, type FROM resource {where} LIMIT ?"  # noqa: S608
        for seen in connection.execute(query, (*values, MAX_COUNTED_OPERATIONS)):
            operation_of[operation_term(*seen)] = _operation(*seen)  # older ones are as received
        for term, traces in _postings(connection, service):
            if operation := operation_of.get(term):
                rows_of.setdefault(operation, set()).update(array("I", traces))
    return {operation: len(rows) for operation, rows in rows_of.items()}


def _operation(service: str, name: str, type_: str) -> Operation:
    return service, template_of(name), type_


def _recent_rows(recent: RecentIndex, service: str | None) -> dict[Operation, set[int]]:
    """Return the traces of each operation that are not on disk yet."""
    rows_of: dict[Operation, set[int]] = {}
    for (of_service, name, _, type_, _), spans in list(recent.alike.items()):
        if service in (None, of_service):
            rows_of.setdefault(_operation(of_service, name, type_), set()).update(spans.rows)
    return dict(islice(rows_of.items(), MAX_COUNTED_OPERATIONS))


def _postings(connection: sqlite3.Connection, service: str | None) -> Iterator[tuple[str, bytes]]:
    """Yield the terms of operations, each with its traces; at least those of the service."""
    begin = prefix("operation", "") if service is None else prefix("operation", service)
    query = "SELECT term, traces FROM posting WHERE term >= ? AND term < ?"
    return connection.execute(query, (begin, begin + "\U0010ffff"))


def _seen(partition: Partition, listed: set[Operation]) -> Iterator[tuple[int, str, Operation]]:
    """Yield the resources seen last with each of these operations in a partition, each with the
    number of the latest trace it was seen in."""
    for seen in partition.recent.resources():
        if (operation := (seen.service, seen.name, seen.type)) in listed:
            yield seen.row, seen.resource, operation
    query = (
        "SELECT trace, resource FROM resource WHERE service = ? AND name = ? AND type = ?"
        " ORDER BY trace DESC LIMIT ?"
    )
    with partition.read_connection() as connection:
        for operation in listed:
            for row, resource in connection.execute(query, (*operation, MAX_RESOURCES)):
                yield row, resource, operation
