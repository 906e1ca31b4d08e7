"""The stored operations, and the resources seen with them."""

from __future__ import annotations

from collections.abc import Collection

from collector.store.clickhouse.bound_values import BoundValues
from collector.store.clickhouse.connection import Connection
from collector.store.index_terms import Operation
from collector.store.recent_index import MAX_RESOURCES

MAX_COUNTED_OPERATIONS = 100_000
"""Operations that are counted: enough to say there are too many."""


def read_traces_by_operation(connection: Connection, service: str | None) -> dict[Operation, int]:
    """Return in how many traces each operation of a service, or of all, occurs. Raises
    `ClickHouseError`."""
    values = BoundValues()
    where = "" if service is None else f"WHERE service = {values.text(service)}"
    rows = connection.rows(
        "SELECT service, name_template, type, uniqExact(lower, upper) AS traces"
        f" FROM span {where} GROUP BY service, name_template, type"
        f" ORDER BY traces DESC LIMIT {MAX_COUNTED_OPERATIONS}",
        values,
    )
    return {(of_service, name, type_): traces for of_service, name, type_, traces in rows}


def read_resources_seen(
    connection: Connection, operations: Collection[Operation]
) -> dict[Operation, list[str]]:
    """Return the resources seen with each of these operations, as templates, those seen last first.
    Raises `ClickHouseError`."""
    values = BoundValues()
    (*services,) = {service for service, _, _ in operations}
    of_service = f"service = {values.text(services[0])}" if len(services) == 1 else "1"
    rows = connection.rows(
        "SELECT service, name_template, type, resource_template, max(received) AS latest"
        f" FROM span WHERE {of_service}"
        " GROUP BY service, name_template, type, resource_template"
        f" ORDER BY latest DESC LIMIT {MAX_RESOURCES} BY service, name_template, type",
        values,
    )
    seen: dict[Operation, list[str]] = {operation: [] for operation in operations}
    for service, name, type_, resource, _ in rows:
        if (operation := (service, name, type_)) in seen:
            seen[operation].append(resource)
    return seen
