"""A logical clock: a counter that orders what happens in several processes without their clocks.

Lamport's rule (*Time, Clocks, and the Ordering of Events in a Distributed System*, CACM 1978):
count on with each message sent; with each one received, go beyond what its sender had counted to.
So whatever a message tells us of has a lower number than whatever we do about it.

The number travels as the member `bd=c:<hex digits>` of W3C's `tracestate`, in requests and, beside
`traceresponse`, in answers. Spans keep it as the tags `clock.sent` and `clock.received`.
"""

from __future__ import annotations

from heapq import heappushpop
from itertools import count

from .context import Context
from .span import Span

SENT = "clock.sent"
"""The tag with the number of the message that a span sent: its request, or its answer."""
RECEIVED = "clock.received"
"""The tag with the number that the clock had reached when a span received a message."""

MAX_TIME = 16**13 - 2**40
"""The largest number that is believed: 13 hex digits, which JSON's readers have exactly, less room
for all that this process may still count."""
MAX_JUMP = 2**40
"""By how much one message can set the clock forward. At a million messages a second it takes twelve
days to count so far; a number beyond it is a stranger's, and ignored."""

_MAX_OTHERS = 30
"""Members of others that a tracestate has room for: W3C allows 32, with `dd` and `bd`."""


class LogicalClock:
    """A Lamport clock. It counts messages, those sent and those received.

    Without a lock, which would cost more than all the rest: a number is that of a counter, plus by
    how much others were ahead. Each is changed in one step that no other thread can interrupt. If
    one event knows of another, in whichever thread, both parts are at least as large, and the
    counter's is larger.
    """

    __slots__ = ("_ahead", "_count")

    def __init__(self) -> None:
        self._count = count(1)
        self._ahead = [0]
        """A heap of one number: to push another and pop the smaller one leaves the larger."""

    def send(self) -> int:
        """Count a message that is about to be sent; return the number that it must carry."""
        return next(self._count) + self._ahead[0]

    def receive(self, sent: int) -> int:
        """Count a message that carries the number `sent`; return the number of its receipt, which
        is larger. A number that is too far ahead to be true changes nothing."""
        counted = next(self._count)
        time = counted + self._ahead[0]
        if sent < time or sent > MAX_TIME or sent - time > MAX_JUMP:
            return time
        heappushpop(self._ahead, sent + 1 - counted)
        return sent + 1

    def context_sent(self, span: Span) -> Context:
        """Return the context of a span that sends a request, with the clock in its tracestate."""
        sent = span.tags[SENT] = self.send()
        segment = span.segment
        others = segment.tracestate
        tracestate = with_time(others, sent) if others else f"bd=c:{sent:x}"
        return Context(
            segment.trace_id, span.span_id, segment.priority, tracestate, segment.probability
        )

    def answer_sent(self, span: Span) -> str:
        """Return the `tracestate` of the answer that the request's span is about to give."""
        sent = span.tags[SENT] = self.send()
        return f"bd=c:{sent:x}"

    def received(self, tracestate: str) -> int:
        """Take notice of a request or an answer; return the number of its receipt, 0 if it says no
        time."""
        if tracestate[:5] != "bd=c:" or "," in tracestate:  # others have written something, too
            tracestate = next(filter(_is_own, _members(tracestate)), "")
        try:
            return self.receive(int(tracestate[5:], 16)) if tracestate else 0
        except ValueError:
            return 0


def with_time(tracestate: str, time: int) -> str:
    """Return a tracestate that says the time, first of all, and no other."""
    others = [member for member in _members(tracestate) if not _is_own(member)]
    return ",".join([f"bd=c:{time:x}", *others[:_MAX_OTHERS]])


def _members(tracestate: str) -> list[str]:
    return [stripped for member in tracestate.split(",") if (stripped := member.strip())]


def _is_own(member: str) -> bool:
    return member.startswith("bd=c:")
