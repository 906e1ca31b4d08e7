"""How certain a share is that was counted in some of many."""

from __future__ import annotations

from math import sqrt

DEVIATIONS = 1.96
"""Standard deviations on either side that hold the true share 95 times of 100."""


def share_bounds(hits: int, of: int) -> tuple[float, float]:
    """Return the least and the greatest share, 0 to 1, that agree with so many hits: (0, 1) if
    nothing was counted.

    Wilson's score interval at 95 %; unlike the usual plus-minus it is sensible for few counts and
    for none or all of them (Agresti and Coull, The American Statistician 52, 1998).
    """
    if not of:
        return 0.0, 1.0
    share, square = hits / of, DEVIATIONS**2 / of
    middle = share + square / 2
    spread = DEVIATIONS * sqrt(share * (1 - share) / of + square / of / 4)
    low, high = (middle - spread) / (1 + square), (middle + spread) / (1 + square)
    return (low if hits else 0.0), (high if hits < of else 1.0)
