"""How certain a percentile of all traces is that was found in a sample of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import sqrt
from operator import mul
from typing import NamedTuple

from collector.analysis.percentiles import InOrder
from collector.analysis.share_bounds import DEVIATIONS
from collector.analysis.weight import WEIGHT_UNIT


class Bounds(NamedTuple):
    """Two durations in ns, between which a percentile lies in 95 of 100 samples."""

    low: int | None
    """None if the sample is too small to rule out any that is shorter."""
    high: int | None
    """None if it is too small to rule out any that is longer."""


def percentile_bounds(kept: InOrder, shares: Sequence[float]) -> list[Bounds] | None:
    """Return the 95 % intervals of the percentiles of all traces at some shares (0 to 1), judging
    by one or more that were kept. Weights are in thousandths. None if each trace stands for itself
    alone: percentiles are exact then.

    Woodruff's interval (JASA 47, 1952): the durations at the two shares between which the part of
    the sample lies that is below the true percentile. If each trace was drawn by itself, with a
    probability of 1 / its weight w, the variance of this part is Σ w (w - 1) (b - share)² / (Σ w)²,
    where b is 1 for what is below and 0 for what is above.

    There is little above a p99. Lest chance left out just what would have told of it, one more
    trace counts as above, of the largest weight (as Fay and Feuer do with rare cases, Statistics in
    Medicine 16, 1997). Kish's effective size would be simpler, but holds only where weights have
    nothing to do with durations: not where the slow ones are kept for certain, nor where a limit
    per second lets those weigh most that came under load, and were slow.
    """
    heaviest = max(kept.weights)
    if heaviest == WEIGHT_UNIT:
        return None
    # Σ w (w - 1) is Σ w² less Σ w, which is known; thousandths times thousandths are millionths.
    squares = list(accumulate(map(mul, kept.weights, kept.weights)))
    total = kept.cumulated[-1]
    scatter_and_one = squares[-1] - WEIGHT_UNIT * total + heaviest * (heaviest - WEIGHT_UNIT)
    found = []
    for share in shares:
        place = kept.place(share)
        below = squares[place] - WEIGHT_UNIT * kept.cumulated[place]
        above = scatter_and_one - below
        deviation = sqrt(below * (1 - share) ** 2 + above * share**2) / total
        found.append(_bounds(kept, share, DEVIATIONS * deviation))
    return found


def _bounds(kept: InOrder, share: float, spread: float) -> Bounds:
    """Return the durations at a share less and plus a spread, as far as there are any."""
    last = kept.place(share + spread)
    return Bounds(
        kept.at(share - spread) if spread < share else None,
        kept.durations[last] if last < len(kept.durations) else None,
    )
