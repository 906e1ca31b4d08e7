"""What the Sampling screen shows: rules and policies, their counts, and the form that is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ui.charts.kept_bars import KeptBars, kept_bars
from ui.sampling import policies, rules
from ui.sampling.ordered import version_of
from ui.sampling.typed import Typed
from ui.screen import Answer
from ui.words.footnotes import Footnotes

DEFAULT_WAIT_S = 5
FOLLOWING_S = 10.0
"""A tracer that has not asked for so long follows no more; it asks every two seconds."""
KEPT_HOURS = 3
"""How far back the bars over time reach."""

HOW_COMPUTED = {
    "matched": (
        "traces since these rules came to hold that had this rule as the first to match. Tracers"
        " that follow count them and say so every two seconds"
        " (collector.sampling.rule_book.RuleBook); what a client of another kind decides is not in"
        " it"
    ),
    "rate": "decisions of the last 10 s, divided by 10",
    "policy": (
        "traces since these policies came to hold that the policy would keep, or decide on. Kept:"
        " those of which it was the first to say so, the reason that is stored with the trace"
        " (collector.sampling.tail_sampler.TailSampler)"
    ),
    "bytes": (
        "bytes of the spans kept for this reason, as they were held, of those of all kept traces,"
        " since these policies came to hold"
    ),
    "held": "traces and spans on the disk that wait for their decision",
    "bars": (
        f"traces of the last {KEPT_HOURS} hours by the time at which the tail decided on them, and"
        " by its reason (collector.sampling.kept_over_time)"
    ),
    "asked": "when a tracer of the service last asked for the rules, and whether it had these",
}


@dataclass(frozen=True)
class Editor:
    """The form of a rule or a policy that is open."""

    index: int | None
    """Which one it is; None for a new one."""
    typed: Typed


@dataclass(frozen=True)
class SamplingView:
    """What is sampled, and the form that is open."""

    answer: Answer
    """The answer of `/api/sampling`."""
    kept: Answer
    stored: Answer
    """The answer of `/api/sampling/stored`."""
    what_if: Answer
    percent: str
    """What the slider asks about, in percent, as it was typed."""
    rule: Editor | None = None
    policy: Editor | None = None
    wait: Typed | None = None
    """What was typed for the wait, if it was refused."""
    message: str = ""
    may_change: bool = True
    asked_for_rule = staticmethod(rules.asked_for)
    kept_by_rule = staticmethod(rules.kept_by)
    asked_for_policy = staticmethod(policies.asked_for)
    kept_by_policy = staticmethod(policies.kept_by)
    kinds = policies.KINDS
    default_wait_s = DEFAULT_WAIT_S
    kept_hours = KEPT_HOURS

    @cached_property
    def notes(self) -> Footnotes:
        """How the numbers are computed."""
        return Footnotes(
            sampling=HOW_COMPUTED, what_if=self.what_if["how"], stored=self.stored.get("how", {})
        )

    @property
    def rules(self) -> list[Answer]:
        """The rules of heads with their counts."""
        return list(self.answer["rules"])

    @property
    def tail(self) -> Answer:
        """Settings and counts of the tail."""
        return dict(self.answer["tail"])

    @property
    def policies(self) -> list[Answer]:
        """The policies of the tail with their counts."""
        return list(self.tail["policies"])

    @property
    def following(self) -> list[Answer]:
        """The services whose tracers follow the rules."""
        return [each for each in self.answer["followers"] if each["seconds_ago"] <= FOLLOWING_S]

    @property
    def gone(self) -> list[Answer]:
        """The services that have asked, and do so no more."""
        return [each for each in self.answer["followers"] if each["seconds_ago"] > FOLLOWING_S]

    @property
    def rules_version(self) -> str:
        """Which rules the forms mean."""
        return version_of(rules.rules_of(self.answer))

    @property
    def policies_version(self) -> str:
        """Which policies the forms mean."""
        return version_of(policies.policies_of(self.answer))

    @cached_property
    def bars(self) -> KeptBars | None:
        """What was kept over time, drawn; None if nothing was decided."""
        return kept_bars(self.kept)

    def stored_share(self, index: int) -> float:
        """Return the part of what is stored that a rule has let through."""
        shares = self.stored["rules"]
        return float(shares[index]) if index < len(shares) else 0.0  # it was added just now

    def bytes_share(self, policy: Mapping[str, Any]) -> float:
        """Return the part of all kept bytes that were kept for a policy's reason."""
        sizes = {each["reason"]: each["kept_bytes"] for each in self.policies}
        return float(policy["kept_bytes"] / (sum(sizes.values()) or 1))
