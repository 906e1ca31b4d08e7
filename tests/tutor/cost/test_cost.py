"""The figures of what instrumentation costs."""

from __future__ import annotations

import random
from statistics import median

import pytest
from msgspec.structs import replace

from tutor.cost import measure, record
from tutor.cost.record import Cost
from tutor.errors import NotReadyError

PLAIN = "def pair():\n    beer = find()\n    return beer\n"
MINE = """\
from timing import stopwatch


def pair():
    with stopwatch("beer"):
        beer = find()
    return beer
"""


def test_lines_that_were_only_indented_are_not_counted(tmp_path):
    for name, text in (("plain", PLAIN), ("mine", MINE)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "web.py").write_text(text)
        (tmp_path / name / "taster.py").write_text("pass\n")
    (tmp_path / "mine" / "timing.py").write_text("a file of its own\n")
    assert record.lines_added(tmp_path / "plain", tmp_path / "mine") == 2
    assert record.lines_added(tmp_path / "mine", tmp_path / "mine") == 0


def test_a_measurement_is_kept_and_written_in_words(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    assert record.last_cost() is None
    measured = Cost(1.0, 100, 650.0, 50.0, 50.5, 0.1, 1100, 9)
    record.record(measured, tmp_path)
    assert record.last_cost() == measured
    assert (tmp_path / "cost.txt").read_text() == str(measured)
    assert "0.50 ms more per request, give or take 0.10 ms" in str(measured)
    text = str(measured)
    assert "1.0 % of the app's work (50.0 ms), 0.08 % of a visitor's wait (650 ms)" in text
    assert "each to the app of lesson 1 and to this one" in text
    assert "each to the app of lesson 16 and" in str(replace(measured, lesson=16))


@pytest.mark.parametrize(
    ("mine_ms", "margin_ms", "time"),
    [
        (50.5, 0.1, "time   0.50 ms more per request, give or take 0.10 ms"),
        (50.5, 0.6, "time   too small to measure here: at most 1.10 ms more per request"),
        (46.01, 63, "time   too small to measure here: at most 63.00 ms more per request"),
        (40.0, 1.0, "time   too small to measure here: at most 1.00 ms more per request"),
    ],
)
def test_a_difference_that_chance_makes_is_not_called_a_cost(mine_ms, margin_ms, time):
    text = str(Cost(1.0, 100, 650.0, 50.0, mine_ms, margin_ms, 1, 1))
    assert text.splitlines()[0] == time
    assert "log    1 byte per request" in text
    assert "code   1 line of instrumentation" in text


def test_the_margin_holds_the_true_difference_nearly_always():
    dice = random.Random(1)
    held = 0
    for _ in range(200):
        values = [dice.gauss(1, 3) for _ in range(100)]
        held += abs(median(values) - 1) <= measure.margin(values)
    assert 180 <= held <= 200


def test_turns_that_were_not_finished_are_left_out():
    times = {"plain": [float(n) for n in range(21)], "mine": [float(n) for n in range(20)]}
    whole = measure.whole_turns(times)
    assert whole["plain"] == whole["mine"] == [float(n) for n in range(2, 20)]
    with pytest.raises(NotReadyError, match="answered 3 requests only"):
        measure.whole_turns({"plain": [1.0] * 3, "mine": [1.0] * 4})
