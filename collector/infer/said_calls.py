"""Calls that only their caller wrote down: the servers it asked have left no records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collector.infer.records import Record


def with_said_calls(records: Sequence[Record]) -> list[Record]:
    """Return the records, and one for each call that they mention of a service without any."""
    services = {record.service for record in records}
    return [*records, *(call for record in records for call in _calls(record, services))]


def _calls(record: Record, services: set[str]) -> Iterator[Record]:
    """Yield the calls of unknown services that a record mentions. Servers that were asked one after
    another are taken to have answered one after another, the last at the very end."""
    if record.callee and record.callee not in services:
        yield record._replace(
            service=record.callee, callee="", caller=record.service, name="", upstream=()
        )
    end = record.end
    for upstream in reversed(record.upstream):
        duration = record.end - record.start if upstream.duration is None else upstream.duration
        start = max(record.start, end - duration)
        if upstream.address not in services:
            yield Record(
                upstream.address,
                "",
                start,
                end,
                record.request_id,
                record.service,
                resolution=record.resolution,
            )
        end = start
