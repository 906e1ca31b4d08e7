"""How long a trace would have taken with one operation faster: "What if" in docs/analysis.md."""

from __future__ import annotations

from tests.collector.independent.forest import Place

Operation = tuple[str, str, str]


def replayed(place: Place, operation: Operation, factor: float) -> int:
    """Return the new duration of a span, ns. Every span is replayed, also where nothing changes."""
    own_factor = factor if place.span.operation == operation else 1.0
    calls = [call for call in place.waited_for if call.start <= place.end]
    new_end: dict[Place, int] = {}
    for number, call in enumerate(calls):
        ended = [other for other in calls[:number] if _ended_before(other, call)]
        was = max([0, *(other.end - place.start for other in ended)])
        now = max([0, *(new_end[other] for other in ended)])
        length = replayed(call, operation, factor)
        if call.end > place.end:  # its caller did not wait until it had ended
            length = min(length, place.end - call.start)
        new_end[call] = now + _changed(call.start - place.start - was, own_factor) + length
    was = max([0, *(min(call.end, place.end) - place.start for call in calls)])
    now = max([0, *new_end.values()])
    return max(0, now + _changed(place.span.duration - was, own_factor))


def _ended_before(call: Place, other: Place) -> bool:
    """Tell whether a call had ended when another began, but for 1 % of it."""
    return call.end - call.span.duration // 100 <= other.start


def _changed(stretch: int, factor: float) -> int:
    return round(stretch * factor) if stretch > 0 else stretch
