"""How the number of users changes during a run, by the name of its shape.

These functions know nothing of Locust, which changes Python's sockets and threads where it is
imported; the classes that Locust runs are in `locustfile`.
"""

from __future__ import annotations

SHAPES = ("constant", "steps", "spike", "waves")
"""What `--shape` can be."""

MAX_STEPS = 8
"""Levels of `steps`; fewer if there are fewer users or if the run is too short."""
MIN_STEP_S = 3.0
"""Seconds for which a level lasts; a shorter one would only show how users start."""
CALM_SHARE = 0.1
"""The share of all users who are there before and after a spike."""


def steps(users: int, run_time_s: float, elapsed_s: float) -> int:
    """Return the number of users: more and more in even steps, up to all of them.

    Its throughput and response times are the saturation curve.
    """
    count = max(1, min(MAX_STEPS, users, int(run_time_s / MIN_STEP_S)))
    step = min(int(elapsed_s / run_time_s * count), count - 1)
    return -(-users * (step + 1) // count)


def spike(users: int, run_time_s: float, elapsed_s: float) -> int:
    """Return the number of users: a few, in the middle third of the time all, then a few again."""
    return users if 1 / 3 <= elapsed_s / run_time_s < 2 / 3 else max(1, round(users * CALM_SHARE))
