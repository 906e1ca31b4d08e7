"""levels: how many visitors there are at a moment of a run, by the name of its shape."""

from __future__ import annotations

SHAPES = ("constant", "steps", "spike", "waves")

STEPS = 8
"""Levels of `steps`, unless there are fewer visitors or less time."""
SHORTEST_STEP = 3.0
"""Seconds: less shows only how visitors come."""
CALM = 0.1
"""The share of all visitors who are there before and after a spike."""


def steps(users: int, run_time: float, at: float) -> int:
    """More and more visitors, in even steps, up to all of them: the saturation curve."""
    count = max(1, min(STEPS, users, int(run_time / SHORTEST_STEP)))
    step = min(int(at / run_time * count), count - 1)
    return -(-users * (step + 1) // count)


def spike(users: int, run_time: float, at: float) -> int:
    """A few visitors; in the middle third of the time all of them; a few again."""
    return users if 1 / 3 <= at / run_time < 2 / 3 else max(1, round(users * CALM))
