"""Which points go first where there is no room for all: the smallest and oldest.

What a reader needs is the way from the root to what took long or failed. So a point stays if one
below it does, and what is still open stays; of the others, failed and long ones go last.
"""

from __future__ import annotations

from collections.abc import Sequence

from .point import Cut, Point

SHORT_TEXT_CHARS = 60
"""Characters left of a resource where room is scarce: before any point is cut."""


def by_weight(points: Sequence[Point]) -> list[Point]:
    """Return the points, the one to be cut last first."""
    return sorted(points, key=lambda p: (p.open, p.error, p.duration, p.start), reverse=True)


def heaviest(weighed: Sequence[Point], room: int) -> list[Point]:
    """Return up to `room` of the points that `by_weight` has put in order, each with all those
    above it."""
    known = {point.span_id: point for point in weighed}
    kept: dict[int, Point] = {}
    for point in weighed:
        line: dict[int, Point] = {}
        above: Point | None = point
        while above is not None and above.span_id not in kept and above.span_id not in line:
            line[above.span_id] = above
            above = known.get(above.parent_id)
        if len(kept) + len(line) > room:
            break
        kept |= line
    return list(kept.values())


def left_out(points: Sequence[Point], kept: Sequence[Point]) -> Cut:
    """Return how many points were not kept, by kind."""
    cut = Cut((point.service, point.name) for point in points)
    cut.subtract((point.service, point.name) for point in kept)
    return +cut


def with_short_texts(points: Sequence[Point]) -> list[Point]:
    """Return the points with no text longer than `SHORT_TEXT_CHARS`."""
    return [
        point._replace(
            service=_short(point.service),
            name=_short(point.name),
            resource=_short(point.resource),
        )
        for point in points
    ]


def _short(text: str) -> str:
    return text if len(text) <= SHORT_TEXT_CHARS else text[: SHORT_TEXT_CHARS - 1] + "…"
