"""Who was at work at each moment: "Self time" and "The critical path" in docs/analysis.md.

Time is cut at every moment at which a span begins or ends; between two cuts nothing changes.
"""

from __future__ import annotations

from itertools import pairwise

from tests.collector.independent.forest import Place

Section = tuple[Place, int, int]


def self_time(place: Place) -> int:
    """Return the time of a span that no child covers for which it waits, ns."""
    moments = {place.start, place.end}
    for child in place.waited_for:
        moments |= {child.start, child.end}
    inside = sorted(moment for moment in moments if place.start <= moment <= place.end)
    return sum(
        until - since
        for since, until in pairwise(inside)
        if not any(c.start <= since and until <= c.end for c in place.waited_for)
    )


def critical_path(root: Place) -> list[Section]:
    """Return which span the answer was waiting for, from when to when."""
    return sorted(_waiting(root, root.start, root.end), key=lambda section: section[1])


def critical_time(place: Place, path: list[Section]) -> int:
    """Return how long the answer was waiting for a span, ns."""
    return sum(until - since for waited, since, until in path if waited is place)


def _waiting(place: Place, opens: int, closes: int) -> list[Section]:
    """Walk back from the end of a stretch of time in which everything waited for one span, or for
    what it waited for."""
    path: list[Section] = []
    now = closes
    while now > opens:
        ended = [child for child in place.waited_for if _had_ended(child, now, opens, closes)]
        if not ended:
            return [*path, (place, opens, now)]
        latest = max(min(child.end, closes) for child in ended)
        of_these = [child for child in ended if min(child.end, closes) == latest]
        first = of_these[0]  # children come by start
        until = min(latest, now)
        if until < now:
            path.append((place, until, now))
        now = max(first.start, opens)
        path += _waiting(first, now, until)
    return path


def _had_ended(child: Place, now: int, opens: int, closes: int) -> bool:
    """Tell whether a child was at work before a moment and had ended by then, but for 1 %."""
    start, end = max(child.start, opens), min(child.end, closes)
    return start < min(end, now) and (end - now) * 100 <= end - start
