"""With what probability a trace was kept, as the clients of each system write it into its root."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import prod

from collector.model import TagValue

MIN_PROBABILITY = 1e-6
"""Sampling probabilities below one in a million are taken for mistakes: one such trace would
outweigh all others."""

TRACE_STATE = "w3c.tracestate"
"""Where a span's W3C trace state is kept, in which OpenTelemetry's consistent samplers record their
rejection threshold."""
SPAN_TAG = "_dd.span_sampling.rule_rate"
"""Where clients record the probability with which a span was kept for itself, not with its
trace."""
DATADOG_TAGS = ("_dd.rule_psr", "_dd.agent_psr", SPAN_TAG)
"""Where Datadog's clients and ours record the probability with which the root was chosen: by a
rule, at the agent's request, or for itself."""
LIMIT_TAG = "_dd.limit_psr"
"""Where Datadog's clients record the share of what a rule had chosen that their limit of traces per
second let pass."""
JAEGER_TAGS = (
    ("sampler.type", "sampler.param"),  # Jaeger's own clients
    ("jaeger.sampler.type", "jaeger.sampler.param"),  # OpenTelemetry's sampler that asks Jaeger
)
"""Where it is recorded which of Jaeger's samplers has kept the trace, and with what parameter."""
JAEGER_DEBUG = "jaeger.debug"
"""Tag of a span that Jaeger's client was told to keep whatever its sampling says."""
TAIL_TAG = "sampling.tail_rate"
"""Where this collector records the probability with which it kept a trace that had come."""

_ALL_TAGS = frozenset(
    (
        TRACE_STATE,
        *DATADOG_TAGS,
        LIMIT_TAG,
        *(kind for kind, _ in JAEGER_TAGS),
        JAEGER_DEBUG,
        TAIL_TAG,
    )
)
"""All tags without which nothing is known."""

_MEMBER = re.compile(r"(?:\A|,)[ \t]*ot=([^,]*)")
_THRESHOLD = re.compile(r"(?:\A|;)th:([0-9a-f]{1,14})[ \t]*(?:;|\Z)")
_RANDOMNESS = re.compile(r"(?:\A|;)rv:([0-9a-f]{14})[ \t]*(?:;|\Z)")
_DIGITS = 14
_ALL_RANDOMNESS = 16**_DIGITS


def kept_probability(tags: Mapping[str, TagValue]) -> float | None:
    """Return the probability with which a root with these tags was kept; None if they don't say, or
    not sensibly.

    A trace that had to pass a choice at its head, a limit and the tail was kept with the product of
    all.
    """
    if _ALL_TAGS.isdisjoint(tags):
        return None
    passed = [_at_head(tags), _rate(tags, LIMIT_TAG), _rate(tags, TAIL_TAG)]
    if passed == [None, None, None]:
        return None
    return max(MIN_PROBABILITY, prod(rate for rate in passed if rate))


def lean_rates(tags: Mapping[str, TagValue]) -> dict[str, TagValue]:
    """Return tags that say the same as all of these about how a trace was sampled, in one number at
    most: trace states are long, and each trace has another."""
    probability = kept_probability(tags)
    return {} if probability is None else {TAIL_TAG: probability}


def _at_head(tags: Mapping[str, TagValue]) -> float | None:
    """Return the probability of the choice at the head.

    There is one such choice, however many systems write it down: so the first that says it is
    taken. That is OpenTelemetry's threshold, because whoever samples again on the way has to raise
    it.
    """
    said = (
        _by_threshold(tags.get(TRACE_STATE)),
        *(_rate(tags, tag) for tag in DATADOG_TAGS),
        _by_jaegers_sampler(tags),
    )
    return next((rate for rate in said if rate is not None), None)


def _by_threshold(trace_state: TagValue | None) -> float | None:
    """Return the probability by OpenTelemetry's member of a trace state, `ot=th:c;rv:…`.

    A trace is rejected if 56 bits of randomness are below the threshold, whose last zeros are left
    out. If they are, and say so, somebody has kept it who did not ask: then nothing is known.
    https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
    """
    member = _MEMBER.search(trace_state) if isinstance(trace_state, str) else None
    if not member or not (found := _THRESHOLD.search(member[1])):
        return None
    threshold = int(found[1].ljust(_DIGITS, "0"), 16)
    randomness = _RANDOMNESS.search(member[1])
    if randomness and int(randomness[1], 16) < threshold:
        return None
    return _sensible((_ALL_RANDOMNESS - threshold) / _ALL_RANDOMNESS)


def _by_jaegers_sampler(tags: Mapping[str, TagValue]) -> float | None:
    """Return the probability by what Jaeger's samplers write; None for a limit per second.

    `lowerbound` has kept a trace that its probability had left out, because its operation is rare:
    such a trace was kept for certain, and stands for itself alone.
    """
    if tags.get(JAEGER_DEBUG) == "true":
        return 1.0
    for kind_tag, parameter_tag in JAEGER_TAGS:
        kind = tags.get(kind_tag)
        if kind in ("const", "lowerbound"):
            return 1.0
        if kind == "probabilistic":
            return _rate(tags, parameter_tag)
    return None


def _rate(tags: Mapping[str, TagValue], tag: str) -> float | None:
    """Return the rate that a tag gives: a number, or the text of one from a format that has only
    texts (Zipkin's)."""
    if tag not in tags:
        return None
    try:
        return _sensible(float(tags[tag]))
    except (ValueError, OverflowError):
        return None


def _sensible(rate: float) -> float | None:
    return rate if MIN_PROBABILITY <= rate <= 1 else None
