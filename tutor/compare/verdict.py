"""Whether checkpoint B is faster than checkpoint A, with the same answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tutor.compare.measurements import DECISIVE, Measurements, Quantity
from tutor.terminal import count


@dataclass(frozen=True)
class Verdict:
    """What is better, what is worse, which answers changed, and which requests failed."""

    better: Sequence[Quantity]
    worse: Sequence[Quantity]
    changed: Sequence[str]
    failed: Sequence[str]

    @property
    def good(self) -> bool:
        """Whether B is faster, not slower anywhere, and unchanged."""
        return bool(self.better) and not (self.worse or self.changed or self.failed)

    def __str__(self) -> str:
        reasons = []
        if self.changed:
            reasons.append(f"{count(len(self.changed), 'answer')} changed")
        if self.failed:
            reasons.append(f"{count(len(self.failed), 'kind')} of failure under load")
        if self.worse:
            reasons.append(f"slower: {', '.join(quantity.name for quantity in self.worse)}")
        if not self.better:
            reasons.append("nothing is clearly faster")
        if reasons:
            return "; ".join(reasons)
        faster = ", ".join(quantity.name for quantity in self.better)
        return f"faster ({faster}), and all answers are the same"


def judge(
    measurements: Measurements, a: str, b: str, changed: Sequence[str], failed: Sequence[str]
) -> Verdict:
    """Return the verdict on the versions `a` and `b`, from everything that was measured of both."""
    ratios = {quantity: measurements.ratio(a, b, quantity) for quantity in DECISIVE}
    return Verdict(
        [quantity for quantity, ratio in ratios.items() if ratio and ratio.better],
        [quantity for quantity, ratio in ratios.items() if ratio and ratio.worse],
        changed,
        failed,
    )
