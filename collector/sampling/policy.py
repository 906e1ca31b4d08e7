"""The policies of tail sampling: which traces to keep, by what happened in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from collector.decode_errors import DECODE_ERRORS, reason_of
from collector.sampling.head_rule import ANY, Pattern, matches_all_of
from collector.search.parser import parse
from collector.search.query_error import QueryError

MAX_POLICIES = 50
MAX_WAIT_S = 300.0


class Policy(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, tag_field="keep"):
    """What all policies can say: which routes they are about, and what their reason is called."""

    name: Annotated[str, Meta(max_length=60, pattern=r"^[\w.-]*$")] = ""
    """The reason for which a trace was kept, as it is shown and searched for (`kept:error`); by
    default what `keep` says."""
    service: Pattern = ANY
    """Of the route. In patterns `*` stands for anything and `?` for one character."""
    resource: Pattern = ANY
    """Of the route: `GET /pair/*`."""

    @property
    def reason(self) -> str:
        """The reason for which a trace was kept."""
        return self.name or self.kind

    @property
    def kind(self) -> str:
        """What `keep` says."""
        return str(self.__struct_config__.tag)


class KeepPriority(Policy, tag="priority"):
    """Keeps what the app or a person has asked for: `tracer.keep()`, priority 2."""


class KeepErrors(Policy, tag="error"):
    """Keeps traces in which some span is an error."""


class KeepSlow(Policy, tag="slow"):
    """Keeps slow traces."""

    over_ms: Annotated[float, Meta(gt=0)] | None = None
    """Slower than this; else slower than what `percentile` says."""
    percentile: Annotated[float, Meta(gt=0, lt=100)] = 99.0
    """Slower than this percentile of the route's latest traces, kept or not."""


class KeepRare(Policy, tag="rare"):
    """Keeps traces that go other ways than those before them."""

    among: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    """Of so many traces before it, none called the same operations from the same ones."""


class KeepMatches(Policy, tag="search"):
    """Keeps the traces that a search finds."""

    query: Annotated[str, Meta(max_length=4000)] = ""


class KeepSample(Policy, tag="sample"):
    """Keeps some of those that no policy of another kind keeps, wherever it stands; the first of
    its kind that is about a route decides on it."""

    rate: Annotated[float, Meta(ge=0, le=1)] | None = None
    """The share to keep."""
    per_second: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    """How many to keep of each route in each second, instead."""


AnyPolicy = KeepPriority | KeepErrors | KeepSlow | KeepRare | KeepMatches | KeepSample

DEFAULT_POLICIES: tuple[AnyPolicy, ...] = (
    KeepPriority(),
    KeepErrors(),
    KeepSlow(),
    KeepRare(),
    KeepSample(rate=0.1),
)


class TailSettings(msgspec.Struct, forbid_unknown_fields=True):
    """How traces are sampled at their tails."""

    wait_s: Annotated[float, Meta(ge=0, le=MAX_WAIT_S)] = 0.0
    """Seconds from a trace's first span to the decision about it; 0 keeps everything at once."""
    policies: Annotated[list[AnyPolicy], Meta(min_length=1, max_length=MAX_POLICIES)] = (
        msgspec.field(default_factory=lambda: list(DEFAULT_POLICIES))
    )
    """The first that matches gives the reason; what none keeps is dropped."""


class PolicyError(ValueError):
    """What was given are no policies; the message says what is wrong."""


def read_settings(body: bytes) -> TailSettings:
    """Return the settings in JSON: `{"wait_s": 5, "policies": [{"keep": "error"}]}`.

    Raises `PolicyError` if there are none.
    """
    try:
        settings = msgspec.json.decode(body, type=TailSettings)
    except DECODE_ERRORS as problem:
        raise PolicyError(f"these are no sampling policies: {reason_of(problem)}") from None
    for number, policy in enumerate(settings.policies, 1):
        if reason := _problem(policy):
            raise PolicyError(f"policy {number} ({policy.reason}): {reason}")
    return settings


def _problem(policy: AnyPolicy) -> str:
    if isinstance(policy, KeepSample) and (policy.rate is None) == (policy.per_second is None):
        return "a sample has either a rate or a number per_second"
    if isinstance(policy, KeepMatches):
        if not policy.query.strip():
            return "the query is missing"
        try:
            parse(policy.query)
        except QueryError as problem:
            return f"the query cannot be read: {problem}"
    return ""


def never_keeping(policies: Sequence[AnyPolicy]) -> dict[int, int]:
    """Return, by the index of each policy that can never be the reason, that of an earlier one that
    keeps, or decides on, all that it would."""
    hidden = {}
    for index, policy in enumerate(policies):
        for earlier in range(index):
            if _takes_all_of(policies[earlier], policy):
                hidden[index] = earlier
                break
    return hidden


def _takes_all_of(earlier: AnyPolicy, policy: AnyPolicy) -> bool:
    if type(earlier) is not type(policy) or not (
        matches_all_of(earlier.service, policy.service)
        and matches_all_of(earlier.resource, policy.resource)
    ):
        return False
    if isinstance(earlier, KeepSlow) and isinstance(policy, KeepSlow):
        if earlier.over_ms is None or policy.over_ms is None:
            return earlier.over_ms is policy.over_ms and earlier.percentile <= policy.percentile
        return earlier.over_ms <= policy.over_ms
    if isinstance(earlier, KeepRare) and isinstance(policy, KeepRare):
        return earlier.among <= policy.among
    if isinstance(earlier, KeepMatches) and isinstance(policy, KeepMatches):
        return earlier.query == policy.query
    return True
