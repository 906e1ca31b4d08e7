"""Whether B is faster than A and answers the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tutor.compare.ratios import JUDGED, Measured, Quantity
from tutor.terminal import count


@dataclass(frozen=True)
class Verdict:
    """What is better, what is worse, and which answers changed."""

    better: Sequence[Quantity]
    worse: Sequence[Quantity]
    changed: Sequence[str]
    failed: Sequence[str]

    @property
    def good(self) -> bool:
        """Faster, and unchanged."""
        return bool(self.better) and not (self.worse or self.changed or self.failed)

    def __str__(self) -> str:
        reasons = []
        if self.changed:
            reasons.append(f"{count(len(self.changed), 'answer')} changed")
        if self.failed:
            reasons.append(f"{count(len(self.failed), 'request')} failed in some way under load")
        if self.worse:
            reasons.append(f"slower: {', '.join(each.name for each in self.worse)}")
        if not self.better:
            reasons.append("nothing is clearly faster")
        if reasons:
            return "; ".join(reasons)
        return f"faster ({', '.join(each.name for each in self.better)}), and every answer the same"


def judge(
    measured: Measured, a: str, b: str, changed: Sequence[str], failed: Sequence[str]
) -> Verdict:
    """Judge the versions `a` and `b` by all that was measured of both."""
    ratios = {each: measured.ratio(a, b, each) for each in JUDGED}
    return Verdict(
        [each for each, ratio in ratios.items() if ratio and ratio.better],
        [each for each, ratio in ratios.items() if ratio and ratio.worse],
        changed,
        failed,
    )
