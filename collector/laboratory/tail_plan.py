"""What the policies of tail sampling would have kept of stored traces."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from collector.laboratory.plan import Lot, Plan
from collector.laboratory.population import Drawn
from collector.sampling.policy import AnyPolicy, KeepSample
from collector.sampling.seen_trace import SeenTrace
from collector.sampling.tail_sampler import TailSampler


class TailReplay:
    """Shows traces, in order of time, to the sampler that the tail has.

    A sample with a rate decides by chance, differently in each trial; all else is decided once. To
    learn which sample a trace falls to, the sampler gets one that keeps all of them.
    """

    def __init__(self, policies: Sequence[AnyPolicy]) -> None:
        self._policies = policies
        self._sampler = TailSampler(
            [_laid_bare(number, policy) for number, policy in enumerate(policies)]
        )
        self._certain: list[Drawn] = []
        self._reasons: list[int] = [0] * len(policies)
        self._lots: dict[int, list[int]] = {}

    def see(self, index: int, trace: SeenTrace, second: float) -> None:
        """Decide about the next trace, with this place in the population; seconds never go back."""
        verdict = self._sampler.decide(trace, second)
        if verdict is None:
            return
        number = int(verdict.reason)
        self._reasons[number] += 1
        if self._rate(number) is None:
            self._certain.append(Drawn(index, 1 / verdict.probability))
        else:
            self._lots.setdefault(number, []).append(index)

    def plan(self) -> Plan:
        """Return how the tail samples the traces that were shown."""
        lots = [Lot(self._rate(number) or 0.0, self._lots[number]) for number in self._lots]
        return Plan(self._certain, lots)

    def kept_by_reason(self) -> dict[str, float]:
        """Return how many traces each reason keeps, on average over the trials."""
        kept: dict[str, float] = {}
        for number, (policy, traces) in enumerate(zip(self._policies, self._reasons, strict=True)):
            rate = self._rate(number)
            kept[policy.reason] = kept.get(policy.reason, 0.0) + traces * (
                1.0 if rate is None else rate
            )
        return kept

    def _rate(self, number: int) -> float | None:
        policy = self._policies[number]
        return policy.rate if isinstance(policy, KeepSample) else None


def _laid_bare(number: int, policy: AnyPolicy) -> AnyPolicy:
    """Return a policy whose reason is its number, and that leaves nothing to chance."""
    named = replace(policy, name=str(number))
    if isinstance(named, KeepSample) and named.rate is not None:
        return replace(named, rate=1.0)
    return named
