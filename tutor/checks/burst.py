"""How quickly the learner's code gets through a burst that finds nothing cached, compared to the
baseline.

Everything has expired, and many visitors ask at once, each for another beer: what a system gets
through then is what it can carry without its cache.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from tutor.checks.baseline import Baseline
from tutor.checks.cached_pairings import CachedPairings
from tutor.checks.probe import Probe, Reply
from tutor.checks.speedup import must_answer_alike

ROUNDS_AT_A_TIME = 2
MAX_ROUNDS = 6

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


def send_burst(app: Probe) -> Burst:
    """Let everything cached for `BEERS` expire, and ask for all of them at the same time.

    Raises `CheckFailed` and `NotReadyError` as `Probe.get` does.
    """
    CachedPairings(app).expire(*BEERS)
    start = time.monotonic()
    replies = app.get_at_once(PATHS)
    return Burst(replies, time.monotonic() - start)


@dataclass(frozen=True)
class BurstSpeedup:
    """The bursts sent to the baseline (`before`), and those sent to the learner's code (`now`)."""

    before: Sequence[Burst]
    now: Sequence[Burst]

    @property
    def before_s(self) -> float:
        """The seconds that the baseline's quickest burst took."""
        return min(burst.seconds for burst in self.before)

    @property
    def now_s(self) -> float:
        """The seconds that the quickest burst of the learner's code took."""
        return min(burst.seconds for burst in self.now)

    @property
    def ratio(self) -> float:
        """How many times as much the learner's code gets through in the same time."""
        return self.before_s / self.now_s


def measure_burst_speedup(app: Probe, before: Baseline, enough: float) -> BurstSpeedup:
    """Send bursts to the baseline and to the learner's code in turns: two each, and more if the
    ratio is less than `enough` by then, as a busy machine may have disturbed the wrong one.

    Raises `CheckFailed` if the two answer differently.
    """
    speedup = BurstSpeedup([], [])
    while not speedup.now or (speedup.ratio < enough and len(speedup.now) < MAX_ROUNDS):
        for _ in range(ROUNDS_AT_A_TIME):
            theirs, mine = send_burst(before.probe), send_burst(app)
            for path, one, other in zip(PATHS, theirs.replies, mine.replies, strict=True):
                must_answer_alike(app, before, path, one, other)
            speedup = BurstSpeedup([*speedup.before, theirs], [*speedup.now, mine])
    return speedup
