"""A comparison as text."""

from __future__ import annotations

import pytest

from tutor.compare import tables
from tutor.compare.attribution import Attribution, Shift
from tutor.compare.forecasts import Forecast
from tutor.compare.measurements import ALONE, FIRST_BYTE, THROUGHPUT, Measurements


@pytest.fixture
def measurements() -> Measurements:
    made = Measurements()
    for version, seconds in (("step-11", 0.64), ("step-12", 0.32), ("step-13", 0.032)):
        for noise in (0.99, 1, 1.01):
            made.add(version, ALONE, seconds * noise)
            made.add(version, THROUGHPUT, 1 / seconds)
    return made


def test_prediction_and_measurement_are_side_by_side(measurements: Measurements) -> None:
    forecasts = [Forecast("you", 2.5, ALONE, "640 ms -> 256 ms"), Forecast("what-if", None, ALONE)]
    mine, what_if = tables.predicted(measurements, "step-11", "step-12", forecasts)
    assert "2.5× (640 ms -> 256 ms); measured 2.0×" in mine
    assert mine.endswith("(a pairing, one visitor): 25% too high")
    assert "no prediction" in what_if


def test_what_was_measured_with_its_spread(measurements: Measurements) -> None:
    text = "\n".join(tables.side_by_side(measurements, "step-11", "step-12"))
    assert "640 ms (634 ms–646 ms)" in text
    assert "2.0× as fast ✓" in text
    assert "2.0× as many ✓" in text
    assert "step-12 is\n" in text
    assert "the median: half of the requests took longer" in text
    assert FIRST_BYTE.name not in text, "nothing was measured of it"


def test_the_journey_is_one_line_for_each_step(measurements: Measurements) -> None:
    versions = ["step-11", "step-12", "step-13"]
    forecasts = {
        "step-12": [Forecast("you", None, ALONE), Forecast("what-if", 1.9, ALONE)],
        "step-13": [Forecast("you", 7, THROUGHPUT), Forecast("what-if", None, THROUGHPUT)],
    }
    changed = {"step-12": 0, "step-13": 2}
    lines = list(tables.journey(measurements, versions, forecasts, changed))
    assert lines[2].split()[-5:] == ["alone", "-", "1.9×", "2.0×", "same"]
    assert lines[3].split()[-6:] == ["load", "7.0×", "-", "10×", "2", "changed"]
    assert "a pairing, one visitor: 20× as fast; " in lines[4]
    for line, quantity in zip(lines[5:], tables.JOURNEY_COLUMNS, strict=False):
        assert quantity.short in lines[0]
        assert line == f"  {quantity.short:10} {quantity.name}", "every column is explained"


def test_the_attribution_adds_up() -> None:
    shifts = [Shift("db query", -120e6, (60, 1)), Shift("taster palate.taste", 5e6, (12, 12))]
    attribution = Attribution(640e6, 515e6, (16, 16), shifts, -10e6, 9)
    lines = list(tables.attributed(attribution, "One visitor"))
    assert (
        lines[0] == "One visitor: a pairing takes 640 ms -> 515 ms on average (traces: 16 and 16)"
    )
    assert "−120 ms  db query  (calls: 60 -> 1)" in lines[1]
    assert "+5 ms" in lines[2]
    assert "9 other operations together" in lines[3]
    assert lines[4].strip() == "−125 ms  in total"
