"""What is missing from traces whose spans were sampled one by one."""

from __future__ import annotations

import random

import pytest

from collector.analysis.unitary_spans import unitary_anomalies
from collector.kept_probability import SPAN_TAG
from collector.model import Span
from tests.collector.analysis.traces import span


def tagged(number: int, rate: object) -> Span:
    made = span(number, 0, 0, 1)
    made.tags[SPAN_TAG] = rate  # type: ignore[assignment]
    return made


def test_whole_traces_have_no_such_notice() -> None:
    spans = [span(1, 0, 0, 1), tagged(2, 1.0), tagged(3, "often"), tagged(4, 0), tagged(5, 7.0)]
    assert unitary_anomalies(spans) == []


@pytest.mark.parametrize("rate", [0.3, 0.05])
def test_about_as_many_are_missing_as_were_left_out(rate: float) -> None:
    rng = random.Random(2)
    kept = [tagged(number, rate) for number in range(1, 20_001) if rng.random() < rate]
    [anomaly] = unitary_anomalies(kept)
    said = int(anomaly.what.split("about ")[1].split()[0].replace(",", ""))
    deviation = (20_000 * (1 - rate) / rate) ** 0.5
    assert abs(said - (20_000 - len(kept))) < 4 * deviation
    assert (anomaly.kind, anomaly.span_id) == ("sampled_spans", kept[0].span_id)
    assert f"{100 * rate:.3g} % of the spans" in anomaly.what
