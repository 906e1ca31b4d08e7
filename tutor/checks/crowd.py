"""Many probes at the same time: for what only shows under load. Bounded to a few seconds.

Each visitor asks, waits for the answer, and asks again (a closed loop).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tutor.checks.probe import Probe, Reply

LONGEST_S = 5.0
MOST = 50
"""Visitors that a check imitates at most, and how long, so that it is over soon."""


@dataclass(frozen=True)
class Crowd:
    """What a crowd was answered: the `replies` in no order, within `seconds`."""

    replies: Sequence[Reply]
    seconds: float

    @property
    def throughput(self) -> float:
        """Answers a second."""
        return len(self.replies) / self.seconds


def at_once(app: Probe, paths: Sequence[str], status: int | None = 200) -> list[Reply]:
    """Ask web for all `paths` at the same time; the replies in the same order.

    Raises as `Probe.get` does.
    """
    with ThreadPoolExecutor(min(len(paths), MOST)) as pool:
        return list(pool.map(lambda path: app.get(path, status=status), paths))


def crowd(
    app: Probe, paths: Sequence[str], visitors: int, seconds: float, status: int | None = 200
) -> Crowd:
    """Have so many `visitors` ask for `paths`, over and over, for so many `seconds`: each begins
    elsewhere in them. Whoever has asked by then still waits for the answer.

    Raises as `Probe.get` does.
    """
    began = time.monotonic()
    end = began + min(seconds, LONGEST_S)
    count = min(visitors, MOST)

    def visit(number: int) -> list[Reply]:
        replies: list[Reply] = []
        while time.monotonic() < end:
            path = paths[(number + len(replies)) % len(paths)]
            replies.append(app.get(path, status=status))
        return replies

    with ThreadPoolExecutor(count) as pool:
        replies = [reply for each in pool.map(visit, range(count)) for reply in each]
    return Crowd(replies, time.monotonic() - began)
