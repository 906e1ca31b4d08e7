"""How quickly the learner's code gets through a burst that finds nothing kept, beside the baseline.

Everything has expired, and many visitors ask at once, each for another beer: what a system gets
through then is what it can carry without its cache.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from tutor.checks.baseline import Baseline
from tutor.checks.crowd import at_once
from tutor.checks.probe import Probe, Reply
from tutor.checks.redis_pairings import Shelf
from tutor.checks.speedup import must_answer_alike

ROUNDS = 2
"""Bursts of each at a time."""

MOST_ROUNDS = 6

BEERS = (
    *("ipa", "double ipa", "session ipa", "black ipa", "hazy ipa", "pale ale", "amber ale"),
    *("brown ale", "blonde ale", "cream ale", "stout", "imperial stout", "milk stout"),
    *("oatmeal stout", "porter", "baltic porter"),
)
"""What is asked for: the same work each time, and nobody waits for anybody else's answer."""

PATHS = [f"/pair/beer?name={beer}" for beer in BEERS]


@dataclass(frozen=True)
class Burst:
    """The replies, in the order of `PATHS`, and the `seconds` until the last of them was there."""

    replies: Sequence[Reply]
    seconds: float


def burst(app: Probe) -> Burst:
    """Have all of `BEERS` expire, and ask for them at the same time. Raises as `Probe.get` does."""
    Shelf(app).clear(*BEERS)
    began = time.monotonic()
    replies = at_once(app, PATHS)
    return Burst(replies, time.monotonic() - began)


@dataclass(frozen=True)
class Bursts:
    """Those of the baseline, and those of the learner's code."""

    before: Sequence[Burst]
    now: Sequence[Burst]

    @property
    def before_s(self) -> float:
        """Seconds that the baseline's quickest one took."""
        return min(each.seconds for each in self.before)

    @property
    def now_s(self) -> float:
        """Seconds that the quickest one of the learner's code took."""
        return min(each.seconds for each in self.now)

    @property
    def ratio(self) -> float:
        """How many times as much the learner's code gets through in the same time."""
        return self.before_s / self.now_s


def bursts_in_turns(app: Probe, before: Baseline, enough: float) -> Bursts:
    """Bursts at the baseline and at the learner's code, in turns: two each, and more if the ratio
    is not `enough` by then, for a busy machine may have hit the wrong one.

    Raises `CheckFailed` if they answer differently.
    """
    found = Bursts([], [])
    while not found.now or (found.ratio < enough and len(found.now) < MOST_ROUNDS):
        for _ in range(ROUNDS):
            theirs, mine = burst(before.probe), burst(app)
            for path, one, other in zip(PATHS, theirs.replies, mine.replies, strict=True):
                must_answer_alike(app, before, path, one, other)
            found = Bursts([*found.before, theirs], [*found.now, mine])
    return found
