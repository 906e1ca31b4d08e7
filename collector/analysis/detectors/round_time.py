"""Times that people write down: 50 ms, 1.5 s, 2 minutes."""

from __future__ import annotations

_COMMON_MS = (50, 100, 200, 250, 300, 400, 500, 600, 750, 800)
"""Those below a second that are chosen most."""
_ROUND_MS = (
    *range(50, 1_000, 50),
    750,
    *range(1_000, 10_000, 500),
    *range(10_000, 60_000, 5_000),
    12_000,
    *range(60_000, 120_001, 10_000),
    75_000,
)


def round_time(
    duration: int, lateness: int, lateness_share: float = 0.0, common: bool = False
) -> int:
    """Return the round number of ns, from 50 ms to 120 s, after which something has ended that took
    this long, at most so much late: a timer is never early, and takes a moment to be noticed; 0 if
    there is none. With `common`, below a second only those that are chosen most."""
    for milliseconds in _COMMON_MS if common and duration < 950_000_000 else _ROUND_MS:
        timer = milliseconds * 1_000_000
        if timer <= duration <= timer + max(lateness, timer * lateness_share):
            return timer
    return 0
