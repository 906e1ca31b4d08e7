"""The header `x-trace-history`: points in base64url, in no more bytes than it may have."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from .cutting import Weighed, with_short_texts
from .point import OTHERS, Cut, Point
from .wire import decode, encode

HEADER = "x-trace-history"
WANT = "want"
"""What a request says instead of a history if it has none, and wants one in the answer."""
DEFAULT_BYTES = 3_500
"""Size of the header up to which proxies pass it on: nginx's buffer for an answer's headers has
4 kB, and there are others in it."""
MIN_POINT_BYTES = 10
"""Size of a point at the least: an id of 64 bits takes more in base64url."""
MAX_READ_BYTES = 16_384
"""Size of a header that is read at all."""

ignored: Counter[str] = Counter()
"""Headers from strangers that could not be read, by reason."""


class Read(NamedTuple):
    """What a header says."""

    points: list[Point]
    """By start."""
    cut: Cut


def write(points: Sequence[Point], cut: Cut, max_bytes: int = DEFAULT_BYTES) -> str:
    """Return the header's value, of at most `max_bytes`, for points and what was cut before.

    If there is no room for all, long texts are shortened, then points are cut: those of the least
    weight (`tracer.history.cutting`), all of them if need be.
    """
    if len(points) <= max_bytes // MIN_POINT_BYTES:
        value = _as_text(points, cut)
        if len(value) <= max_bytes:
            return value
    points = with_short_texts(points)
    number = Cut({OTHERS: cut.total() + len(points)})
    return _as_many_as_fit(points, cut, max_bytes) or _as_text([], number)


def _as_many_as_fit(points: Sequence[Point], cut: Cut, max_bytes: int) -> str:
    """Return the header with as many points as there is room for; empty if that is none."""
    weighed = Weighed(points)
    fits, too_many = 0, min(len(points), max_bytes // MIN_POINT_BYTES) + 1
    best = ""
    while too_many - fits > 1:
        room = (fits + too_many) // 2
        kept = weighed.heaviest(room)
        value = _as_text(kept, cut + weighed.left_out(kept))
        if len(value) <= max_bytes:
            fits, best = room, value
        else:
            too_many = room
    return best


def _as_text(points: Sequence[Point], cut: Cut) -> str:
    return urlsafe_b64encode(encode(points, cut)).decode().rstrip("=")


def read(value: str) -> Read | None:
    """Return what a header says; None, and one more in `ignored`, if it cannot be read."""
    value = value.strip()
    if value == WANT:
        return Read([], Cut())
    if len(value) > MAX_READ_BYTES:
        ignored["too large"] += 1
        return None
    try:
        data = urlsafe_b64decode(value + "=" * (-len(value) % 4))
        return Read(*decode(data))
    except ValueError:
        ignored["unreadable"] += 1
        return None
