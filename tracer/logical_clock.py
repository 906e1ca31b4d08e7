"""A logical clock: a counter that orders what happens in several processes without their clocks.

Lamport's rule (*Time, Clocks, and the Ordering of Events in a Distributed System*, CACM 1978):
count on with each message sent; with each one received, go beyond what its sender had counted to.
So whatever a message tells us of has a lower number than whatever we do about it.

The number travels as the member `bd=c:<hex digits>` of W3C's `tracestate`, in requests and, beside
`traceresponse`, in answers. Spans keep it as the tags `clock.sent` and `clock.received`.
"""

from __future__ import annotations

import os
import re
from threading import RLock

from .context import Context
from .span import Span

SENT = "clock.sent"
"""The tag with the number of the message that a span sent: its request, or its answer."""
RECEIVED = "clock.received"
"""The tag with the number that the clock had reached when a span received a message."""

MAX_TIME = 2**53 - 1
"""Where the clock stands still: the largest number that all of JSON's readers have exactly."""
MAX_JUMP = 2**40
"""By how much one message can set the clock forward. At a million messages a second it takes twelve
days to count so far; a number beyond it is a stranger's, and ignored."""

_MEMBER = re.compile(r"(?:^|,)[ \t]*bd=c:([0-9a-f]{1,14})[ \t]*(?=,|$)")
_OWN = "bd="
_MAX_OTHERS = 30
"""Members of others that a tracestate has room for: W3C allows 32, with `dd` and `bd`."""

_lock = RLock()  # of all clocks: a program has one. Reentrant, as a signal may come at any time


class LogicalClock:
    """A Lamport clock. It counts messages, those sent and those received."""

    __slots__ = ("time",)

    def __init__(self) -> None:
        self.time = 0
        """The number of the last message; it never goes back."""

    def send(self) -> int:
        """Count a message that is about to be sent; return the number that it must carry."""
        with _lock:
            time = self.time
            if time < MAX_TIME:
                self.time = time = time + 1
        return time

    def receive(self, sent: int) -> int:
        """Count a message that carries the number `sent`; return the number of its receipt, which
        is larger. A number that is too far ahead to be true changes nothing."""
        with _lock:
            time = self.time
            if time < sent <= time + MAX_JUMP:
                time = sent
            if time < MAX_TIME:
                time += 1
            self.time = time
        return time

    def context_sent(self, span: Span) -> Context:
        """Return the context of a span that sends a request, with the clock in its tracestate."""
        sent = self.send()
        span.set_tag(SENT, sent)
        segment = span.segment
        tracestate = with_time(segment.tracestate, sent)
        return Context(
            segment.trace_id, span.span_id, segment.priority, tracestate, segment.probability
        )

    def answer_sent(self, span: Span) -> str:
        """Return the `tracestate` of the answer that the request's span is about to give."""
        sent = self.send()
        span.set_tag(SENT, sent)
        return with_time("", sent)

    def received(self, span: Span, tracestate: str) -> None:
        """Take notice of the request or the answer that the span received, if it says a time."""
        sent = time_in(tracestate)
        if sent is not None:
            span.set_tag(RECEIVED, self.receive(sent))


def with_time(tracestate: str, time: int) -> str:
    """Return a tracestate that says the time, first of all, and no other."""
    if not tracestate:
        return f"bd=c:{time:x}"
    members = (member.strip() for member in tracestate.split(","))
    others = [member for member in members if not member.startswith(_OWN)]
    return ",".join([f"bd=c:{time:x}", *others[:_MAX_OTHERS]])


def time_in(tracestate: str) -> int | None:
    """Return the time that a tracestate says; None if it says none that a clock can have."""
    found = _MEMBER.search(tracestate)
    if found is None:
        return None
    time = int(found[1], 16)
    return time if time <= MAX_TIME else None


def _after_fork() -> None:
    """In a forked child, make a new lock: a thread that is not there any more may hold it."""
    global _lock
    _lock = RLock()


os.register_at_fork(after_in_child=_after_fork)
