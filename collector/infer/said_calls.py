"""What records say themselves about who calls whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collector.infer.records import Record


def with_said_calls(records: Sequence[Record]) -> list[Record]:
    """Return the records, and one for each call that they mention of a service without any."""
    services = {record.service for record in records}
    return [*records, *(call for record in records for call in _calls(record, services))]


def as_said(records: Sequence[Record], candidates: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the candidates of each record without those that the records themselves rule out."""
    return [_as_said(records, index, outer) for index, outer in enumerate(candidates)]


def says_so(outer: Record, inner: Record) -> bool:
    """Return whether the outer record names the service of the inner one as called, or the inner
    one that of the outer one as its caller."""
    return (
        inner.caller == outer.service
        or outer.callee == inner.service
        or any(upstream.address == inner.service for upstream in outer.upstream)
        or bool(inner.callee and inner.service == outer.service)
    )


def _as_said(records: Sequence[Record], index: int, candidates: Sequence[int]) -> list[int]:
    inner = records[index]
    if inner.callee:  # its caller wrote it down, in the thread that was busy with its own request
        own = [i for i in candidates if records[i].service == inner.service]
        return [i for i in own if _may_be_one(records[i].thread, inner.thread)]
    if inner.caller:
        return [i for i in candidates if records[i].service == inner.caller]
    named = [i for i in candidates if says_so(records[i], inner)]
    return named or [i for i in candidates if not records[i].callee]


def _may_be_one(thread: str, other: str) -> bool:
    return not (thread and other) or thread == other


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
