"""Times that people write down: 50 ms, 1.5 s, 2 minutes."""

from __future__ import annotations

_ROUND_MS = (
    *(50, 100, 200, 250, 300, 400, 500, 600, 700, 750, 800, 900),
    *range(1_000, 10_000, 500),
    *(10_000, 12_000, 15_000, 20_000, 25_000, 30_000, 35_000, 40_000, 45_000, 50_000, 55_000),
    *(60_000, 70_000, 75_000, 80_000, 90_000, 100_000, 110_000, 120_000),
)
"""Not 150 or 350 ms: whoever writes that has measured something."""


def round_time(duration: int, lateness: int, lateness_share: float = 0.0) -> int:
    """Return the round number of ns, from 50 ms to 2 minutes, after which something has ended that
    took this long, at most so much late (a timer is never early, and takes a moment to be noticed):
    so many ns, or that share of it. Return 0 if there is none."""
    for milliseconds in _ROUND_MS:
        timer = milliseconds * 1_000_000
        if timer <= duration <= timer + max(lateness, timer * lateness_share):
            return timer
    return 0
