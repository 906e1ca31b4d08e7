"""Why traces were kept, as the collectors that decided on them have marked their spans."""

from __future__ import annotations

from collections.abc import Collection

from collector.kept_probability import TAIL_TAG
from collector.store.clickhouse.bound_values import BoundValues
from collector.store.clickhouse.connection import Connection
from collector.store.why_kept import KEPT_TAG, WhyKept

MAX_REASON_CHARS = 200
"""Longer ones are no policy's."""


def read_why_kept(connection: Connection, trace_ids: Collection[str]) -> dict[str, WhyKept]:
    """Return why some of these traces were kept, by their ids. Raises `ClickHouseError`."""
    values = BoundValues()
    kept, rate = values.text(KEPT_TAG), values.text(TAIL_TAG)
    texts = (f"argMin(tag.value[indexOf(tag.key, {key})], received)" for key in (kept, rate))
    query = (
        f"SELECT upper, lower, {', '.join(texts)} FROM span"
        f" WHERE (lower, upper) IN {values.ids(trace_ids)} AND has(tag.key, {kept})"
        " GROUP BY lower, upper"
    )
    return {
        f"{upper:016x}{lower:016x}": WhyKept(reason, _probability(rate))
        for upper, lower, reason, rate in connection.rows(query, values)
        if 0 < len(reason) <= MAX_REASON_CHARS
    }


def _probability(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:  # none is said where all of its kind are kept
        return 1.0
    return rate if 0 < rate < 1 else 1.0
