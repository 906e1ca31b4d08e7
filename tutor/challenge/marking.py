"""Marking an answer: a point each for the operation, the cause and the evidence.

What is said about a point that is missing helps to find out why it is wrong, and does not say what
would be right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tutor.challenge.causes import CAUSES
from tutor.challenge.key import Key
from tutor.checks.stored_trace import Span, Trace
from tutor.durations import readable

MOST = 0.5
"""The share of a whole from which on something counts as most of it."""


@dataclass(frozen=True)
class Mark:
    """A point that an answer got or did not get, and what there is to say about it."""

    part: str
    good: bool
    comment: str


def mark(key: Key, operation: str, cause: str, span: Span) -> list[Mark]:
    """Return the three marks of an answer, with `span` as its evidence."""
    return [_operation(key, operation, span), _cause(key, cause), _evidence(key, operation, span)]


def _operation(key: Key, operation: str, span: Span) -> Mark:
    if operation in key.operations:
        return Mark("operation", True, f"{operation}, yes.")
    return Mark("operation", False, _objection(key, operation, span.trace))


def _objection(key: Key, operation: str, trace: Trace) -> str:
    """Return what that trace says against an operation."""
    spans = trace.find(operation)
    if not spans:
        return f"there is no {operation} in that trace. It has {trace.outline()}."
    if key.gives_wrong_answers:
        return (
            "follow the wrong value from the root down. Where does it come from? What is above"
            " that place did not know it yet, and what comes after it does."
        )
    own_ns, whole_ns = _time(spans), trace.root.duration
    if own_ns < MOST * whole_ns:
        return (
            f"in that trace {operation} is under way for {readable(own_ns)}. Without it, the"
            f" request would still take about {readable(whole_ns - own_ns)}."
        )
    if _time(span for one in spans for span in one.descendants) > MOST * own_ns:
        return f"{operation} is long because of what it calls. Go further down."
    return f"{operation} is long in that trace, but not in all those that the complaint is about."


def _time(spans: Iterable[Span]) -> int:
    """Return for how long at least one of `spans` is under way, in nanoseconds."""
    total = until = 0
    for span in sorted(spans, key=lambda span: span.start):
        total += max(span.end - max(span.start, until), 0)
        until = max(until, span.end)
    return total


def _cause(key: Key, cause: str) -> Mark:
    what, would_show = CAUSES[cause].what, CAUSES[cause].would_show
    if cause == key.cause:
        return Mark("cause", True, f"{what}.")
    question = "Is it so here, and would it explain the complaint?"
    return Mark("cause", False, f"{what}: that would show in {would_show}. {question}")


def _evidence(key: Key, operation: str, span: Span) -> Mark:
    if span.name != operation:
        why_not = f"the span is a {span.name}, and you named {operation}. Show one of those."
    elif operation not in key.operations:
        why_not = "no span of that operation shows the trouble."
    else:
        why_not = key.why_not(span)
    return Mark("evidence", not why_not, why_not or "this span of this trace shows it.")
