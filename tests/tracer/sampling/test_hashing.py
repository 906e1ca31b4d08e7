"""Who decides alike: Datadog's clients, OpenTelemetry's, and whoever reads the threshold."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracer.sampling import KEEP, RateSampler
from tracer.sampling.hashing import Hash, datadog, opentelemetry, randomness, threshold
from tracer.sampling.tracestate import member, probability_in

TRACE_IDS = st.integers(1, 2**128 - 1)
RATES = (0.001, 0.01, 0.1, 0.25, 1 / 3, 0.5, 0.9, 0.999)


@pytest.mark.parametrize(
    ("trace_id", "number"),
    [
        # Worked out by hand from the definitions.
        (1, 1111111111111111111),
        (17, 442_144_815_179_337_271),
        (2**64 + 1, 1111111111111111111),
    ],
)
def test_datadogs_number(trace_id: int, number: int) -> None:
    assert datadog(trace_id) == number


DATADOGS = """
from ddtrace._trace.sampler import RateSampler
from ddtrace.trace import Span
def keeps(trace_id, rate):
    return RateSampler(rate).sample(Span("root", trace_id=trace_id))
"""
OPENTELEMETRYS = """
from opentelemetry.sdk.trace.sampling import Decision, TraceIdRatioBased
def keeps(trace_id, rate):
    result = TraceIdRatioBased(rate).should_sample(None, trace_id, "root")
    return result.decision is Decision.RECORD_AND_SAMPLE
"""
ASK = """
import json, sys
print(json.dumps([keeps(*pair) for pair in json.load(sys.stdin)]))
"""


@pytest.mark.parametrize(("theirs", "ours"), [(DATADOGS, datadog), (OPENTELEMETRYS, opentelemetry)])
def test_the_others_keep_the_same_traces(theirs: str, ours: Hash) -> None:
    """Asked in a process of their own: a client changes the one that imports it."""
    rng = random.Random(4)
    ids = [*(rng.getrandbits(128) | 1 for _ in range(4000)), 1, 2**63, 2**64 - 1, 2**64, 2**128 - 1]
    pairs = [(trace_id, rate) for trace_id in ids for rate in (rng.choice(RATES), rng.random())]
    done = subprocess.run(
        [sys.executable, "-c", theirs + ASK],
        input=json.dumps(pairs),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    kept = [RateSampler(rate, ours).priority(trace_id) == KEEP for trace_id, rate in pairs]
    assert json.loads(done.stdout) == kept
    assert 0.2 < sum(kept) / len(kept) < 0.8


@settings(deadline=None)
@given(TRACE_IDS, st.floats(0, 1), st.sampled_from([datadog, opentelemetry]))
def test_whoever_compares_randomness_and_threshold_decides_alike(
    trace_id: int, rate: float, number: Hash
) -> None:
    kept = RateSampler(rate, number).priority(trace_id) == KEEP
    assert kept == (randomness(number(trace_id)) >= threshold(rate))


@pytest.mark.parametrize(
    ("probability", "value"),
    # The first three are the specification's own examples.
    [(1.0, "0"), (0.5, "8"), (0.25, "c"), (0.1, "e6666666666668"), (0.01, "fd70a3d70a3d7")],
)
def test_thresholds_are_those_of_the_specification(probability: float, value: str) -> None:
    text = member(probability, 0xABC)
    assert text == f"ot=th:{value};rv:00000000000abc"
    assert probability_in(text[3:]) == pytest.approx(probability, abs=1e-9)


@pytest.mark.parametrize("value", ["", "rv:00000000000abc", "th:", "th:xyz", "th:" + "0" * 15])
def test_what_is_no_threshold_says_nothing(value: str) -> None:
    assert probability_in(value) is None
