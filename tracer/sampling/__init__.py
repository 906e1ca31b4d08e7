"""Head sampling: whether a trace is kept is decided at its first span, for all services alike.

Read it in this order: `hashing`, `tracestate`, `decision`, `rate`, `reservoir`, `rules`,
`remote`, `unitary`, `choice`.
"""

from __future__ import annotations

from .choice import sampler_of
from .decision import DROP, KEEP, REJECT, WANTED, Decision, Sampler
from .rate import RateSampler
from .rules import Rule, RuleError, RuleSampler, rules_of
from .unitary import UnitarySampler

__all__ = [
    "DROP",
    "KEEP",
    "REJECT",
    "WANTED",
    "Decision",
    "RateSampler",
    "Rule",
    "RuleError",
    "RuleSampler",
    "Sampler",
    "UnitarySampler",
    "rules_of",
    "sampler_of",
]
