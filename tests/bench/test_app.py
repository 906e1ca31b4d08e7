"""What `bench.app` says of what it has measured."""

from __future__ import annotations

import pytest

from bench.app import LOADS, PLANTED, Figures, Rounds, main, report
from bench.traced_app.tracers import DDTRACE, OURS, TRACERS, WITHOUT


def rounds(ours_takes: float) -> Rounds:
    """Three rounds on a machine that gets slower; ours takes so many times as long as none."""

    def figures(times: float, slowdown: float) -> Figures:
        took_ms = 20 * times * slowdown
        return Figures(1000 / took_ms, took_ms, 2 * took_ms, took_ms / 2)

    return {
        name: [figures(times, slowdown) for slowdown in (1, 2, 5)]
        for name, times in ((WITHOUT, 1), (OURS, ours_takes), (DDTRACE, 2))
    }


@pytest.mark.parametrize(("ours_takes", "good"), [(1.005, True), (1.03, False)])
def test_the_promises_are_for_the_app_as_planted(capsys, ours_takes, good):
    measured = {load.name: rounds(1.2) for load in LOADS} | {PLANTED.name: rounds(ours_takes)}
    assert report(measured) == good
    verdicts = capsys.readouterr().out.splitlines()[-2:]
    assert [line.split()[0] for line in verdicts] == ["PASS" if good else "FAIL"] * 2


def test_a_round_in_which_all_are_slow_changes_no_ratio(capsys):
    report({load.name: rounds(1.25) for load in LOADS})
    lines = capsys.readouterr().out.splitlines()
    beside_none = next(line for line in lines if f"{OURS:18} ÷ {WITHOUT}" in line)
    beside_ddtrace = next(line for line in lines if f"{OURS:18} ÷ {DDTRACE}" in line)
    same = ["0.800 (0.800–0.800)", "1.250 (1.250–1.250)"]
    assert all(ratio in beside_none for ratio in same)
    assert "1.600 (1.600–1.600)" in beside_ddtrace
    assert "0.625 (0.625–0.625)" in beside_ddtrace


def test_without_our_tracer_there_is_no_promise_to_keep(capsys):
    measured = {load.name: rounds(1) for load in LOADS}
    for figures in measured.values():
        del figures[OURS]
    assert report(measured)
    assert "PASS" not in capsys.readouterr().out


def test_its_help_names_all_that_it_compares(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["bench.app", "--help"])
    with pytest.raises(SystemExit, match="0"):
        main()
    said = " ".join(capsys.readouterr().out.split())
    assert all(name in said for name in TRACERS)
    assert "examples:" in said
