"""The summaries of traces, added up by ClickHouse.

They are what `collector.trace_summary.summarize_trace` makes of the same spans.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from collector.http_status import status_of
from collector.model import Span
from collector.store.clickhouse.bound_values import BoundValues
from collector.store.clickhouse.connection import Connection
from collector.store.clickhouse.span_rows import tag_value, tags_in
from collector.trace_summary import NO_START, TraceSummary

_COLUMNS = (
    "lower, upper, received, span_id, parent_id, service, name, resource, start, duration, error,"
    " arrived, tag.key AS keys, tag.value AS texts, tag.kind AS kinds"
)
_ONCE = (
    "SELECT {columns} FROM span WHERE (lower, upper) IN {ids}"
    " ORDER BY received LIMIT 1 BY lower, upper, identity"
)
"""The spans of some traces, each of them once: the row that came first."""
_ORDER = "(arrived > 0, if(arrived > 0, 0, start), received)"
"""The earliest first; those with impossible times last, as they came."""
_LEAD = ("service", "name", "resource", "keys", "texts", "kinds")


def read_summaries(connection: Connection, trace_ids: Collection[str]) -> dict[str, TraceSummary]:
    """Return the summaries of those of the traces that are stored, by their ids. Raises
    `ClickHouseError`."""
    if not trace_ids:
        return {}
    services = _services(connection, trace_ids)
    values = BoundValues()
    once = _ONCE.format(columns=_COLUMNS, ids=values.ids(trace_ids))
    is_root = "parent_id = 0"
    columns = [
        "upper",
        "lower",
        "count()",
        "sum(error)",
        "countIf(arrived = 0)",
        "minIf(start, arrived = 0)",
        "maxIf(start + duration, arrived = 0)",
        "minIf(duration, arrived = 0)",
        "maxIf(duration, arrived = 0)",
        "min(arrived)",
        f"countIf({is_root})",
        f"minIf(if(arrived > 0, toInt64({NO_START}), start), {is_root})",
        *[f"argMinIf({column}, (arrived, start, received), {is_root})" for column in _LEAD],
        *[f"argMin({column}, {_ORDER})" for column in _LEAD],
        *[
            f"argMinIf({column}[indexOf(keys, 'version')], (arrived, start, span_id),"
            " has(keys, 'version'))"
            for column in ("texts", "kinds")
        ],
    ]
    rows = connection.rows(
        f"SELECT {', '.join(columns)} FROM ({once}) GROUP BY lower, upper",
        values,
    )
    summaries = (_summary(row, services) for row in rows)
    return {summary.trace_id: summary for summary in summaries}


def _summary(row: list[Any], services: dict[str, dict[str, int]]) -> TraceSummary:
    trace_id = f"{row[0]:016x}{row[1]:016x}"
    spans, errors, timed, start, end, shortest, longest, arrived, roots, root_start = row[2:12]
    rooted, earliest, version = row[12:18], row[18:24], tag_value(*row[24:26])
    service, name, resource, *tag_columns = rooted if roots else earliest
    tags = tags_in(*tag_columns)
    lead = Span(0, 0, service, name, resource, "", 0, 0, tags=tags)
    if not timed:
        start = end = arrived
    return TraceSummary(
        trace_id,
        start,
        end - start,
        service,
        name,
        resource,
        status_of(lead) if roots else "",
        str(tags.get("version", version)),
        root_start if roots else -1,
        spans,
        errors,
        services.get(trace_id, {}),
        shortest if timed else NO_START,
        longest if timed else -1,
    )


def _services(connection: Connection, trace_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """Return the number of spans of each service, by trace."""
    values = BoundValues()
    query = (
        "SELECT upper, lower, service, uniqExact(identity) FROM span"
        f" WHERE (lower, upper) IN {values.ids(trace_ids)}"
        " GROUP BY lower, upper, service ORDER BY min(received)"
    )
    services: dict[str, dict[str, int]] = {}
    for upper, lower, service, spans in connection.rows(query, values):
        services.setdefault(f"{upper:016x}{lower:016x}", {})[service] = spans
    return services
