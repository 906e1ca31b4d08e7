"""The trace that an answer itself carries, and whether the collector has the same."""

from __future__ import annotations

from dataclasses import dataclass

from tutor.checks.probe import Probe, Reply
from tutor.failure import CheckFailed


@dataclass(frozen=True)
class CarriedTrace:
    """What the header of an answer says of its trace."""

    reply: Reply
    services: frozenset[str]
    spans: int
    bytes: int
    """Size of the header."""
    more: int
    """How many spans only the collector has: they were cut, or came later than the answer."""
    differences: str
    """What the collector says otherwise of the others, in sentences; "" if it agrees."""


def carried_trace(app: Probe, path: str) -> CarriedTrace:
    """`GET path`, with the wish that the answer brings its trace along; return that.

    Raises `CheckFailed` if it brings none, and as `app.get` and `app.trace` do.
    """
    from tutor import in_band  # it takes a while, and few checks need it

    reply = app.get(path, in_band.ASKING)
    history = in_band.history_in(reply)
    if history is None:
        raise CheckFailed(
            f"an answer that brings its trace along, in the header `{in_band.HEADER}`, if the"
            " request asks for it",
            f"no such header in the answer to {reply.asked}",
            app.code.use("configure"),
            detail="Is there a `history=False` in the code, or TRACE_HISTORY=0 in the environment?",
        )
    trace = app.trace(reply)
    stored = trace.collector.trace(trace.id) or {}
    found = in_band.compare(history, stored)
    differ = found.only_in_header or found.unlike
    return CarriedTrace(
        reply,
        services=frozenset(point.service for point in history.points),
        spans=len(history.points),
        bytes=len(reply.headers[in_band.HEADER]),
        more=len(found.only_in_collector),
        differences=" ".join(in_band.verdict(history, stored)) if differ else "",
    )
