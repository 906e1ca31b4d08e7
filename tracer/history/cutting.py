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


class Weighed:
    """Points in the order of their weight, of which any number can be kept."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._points = by_weight(points)
        self._known = {point.span_id: point for point in points}
        self._kinds = kinds_of(points)

    def heaviest(self, room: int) -> list[Point]:
        """Return up to `room` points, each with all those above it."""
        kept: dict[int, Point] = {}
        for point in self._points:
            line: dict[int, Point] = {}
            above: Point | None = point
            while above is not None and above.span_id not in kept and above.span_id not in line:
                line[above.span_id] = above
                above = self._known.get(above.parent_id)
            if len(kept) + len(line) > room:
                break
            kept |= line
        return list(kept.values())

    def left_out(self, kept: Sequence[Point]) -> Cut:
        """Return how many points were not kept, by kind."""
        return self._kinds - kinds_of(kept)


def kinds_of(points: Sequence[Point]) -> Cut:
    """Return how many points there are, by kind."""
    return Cut((point.service, point.name) for point in points)


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
