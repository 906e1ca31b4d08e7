"""Whether a trace has arrived at another backend, too, and is the same there."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from tutor.checks.probe import Probe
from tutor.checks.stored_trace import Span, Trace
from tutor.collector import Collector
from tutor.errors import NotReadyError
from tutor.failure import expect
from tutor.terminal import count

ARRIVAL_S = 5.0
"""The time that a trace may take from one backend to the other."""

HOW = """\
./workshop viewer --memory --port 8090 --collector-port 8136 &
./workshop down
./workshop up --mine --forward otlp=http://127.0.0.1:8136"""


def must_be_forwarded(app: Probe, trace: Trace) -> None:
    """Check that the collector sends on what it stores, and that `trace` has arrived.

    Where a collector of ours is at the far end, the trace must be the same there, span by span; any
    other backend is taken at its word, which is that it has accepted everything.

    Raises `CheckFailed` if there is no far end, or the trace is not there.
    """
    targets = trace.collector.stats()["forward"]
    expect(
        targets,
        expected="the collector to send on what it stores to a second backend",
        seen="it keeps everything to itself",
        trace=trace,
        detail=HOW,
    )
    for target in targets:
        _must_have_arrived(app, trace, target)


def _must_have_arrived(app: Probe, trace: Trace, target: Mapping[str, Any]) -> None:
    """Check one target, which is as `/stats` reports it."""
    name = str(target["target"])
    far_end = _collector_of(name)
    try:
        copy = _copy(trace, far_end)
    except NotReadyError:  # nobody there, or nobody of ours
        problem = target["problem"]
        sent = f"{count(target['sent'], 'span')} accepted"
        expect(
            target["sent"] and not problem,
            expected=f"the second backend, {name}, to take what it is sent",
            seen=problem or sent,
            trace=trace,
            detail="Is it running?",
        )
        app.note("forwarded", f"{sent} by {name}")
        return
    missing = "" if copy else f"it is not there. {target['problem']}".strip()
    differences = missing or next(_differences(trace, copy), "") if copy else missing
    expect(
        not differences,
        expected=f"the same trace at the second backend, {far_end.url}",
        seen=differences,
        trace=trace,
    )
    app.note("forwarded", f"{count(len(trace.spans), 'span')} to {far_end.url}, all the same")


def _collector_of(target: str) -> Collector:
    """Return the collector that a target may be: `otlp=http://127.0.0.1:8127/v1/traces`."""
    address = urlsplit(target.partition("=")[2])
    return Collector(f"{address.scheme}://{address.netloc}")


def _copy(trace: Trace, far_end: Collector) -> Trace | None:
    """Return the trace as `far_end` has it, once all of it is there; None if none of it is.

    Raises `NotReadyError` if no collector of ours answers there.
    """
    deadline = time.monotonic() + ARRIVAL_S
    while True:
        answer = far_end.trace(trace.id)
        is_whole = answer is not None and answer["spans"] >= len(trace.spans)
        if is_whole or time.monotonic() > deadline:
            return Trace(answer, far_end, "") if answer else None
        time.sleep(0.1)


def _differences(trace: Trace, copy: Trace) -> Iterator[str]:
    """Yield what is different in the copy of a trace."""
    copies = {span.id: span for span in copy}
    if len(copy.spans) != len(trace.spans):
        yield f"{count(len(copy.spans), 'span')} instead of {len(trace.spans)}"
    for span in trace:
        if span.id not in copies:
            yield f"no {span}"
        elif (here := _content(span)) != (there := _content(copies[span.id])):
            key = next(key for key in here if here[key] != there[key])
            yield f"{span} with {key} {there[key]!r}, not {here[key]!r}"


def _content(span: Span) -> dict[str, Any]:
    """Return all that a span says."""
    known = ("parent_id", "service", "name", "resource", "type", "start", "duration", "error")
    return {key: span.details[key] for key in (*known, "tags", "events", "links")}
