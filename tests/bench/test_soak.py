"""What the soak test calls flat."""

from __future__ import annotations

import os

import pytest

from bench.soak import Reading, Watched, verdicts
from tutor.supervisor.process import ProcessId

HOUR_S, QUARTER_S = 3600, 900


def watched(megabytes: list[float], run_s: float, files: list[int] | None = None) -> Watched:
    """A process with these readings, evenly spread over the run."""
    files = files or [20] * len(megabytes)
    step = run_s / len(megabytes)
    readings = [
        Reading((number + 1) * step, *pair)
        for number, pair in enumerate(zip(megabytes, files, strict=True))
    ]
    return Watched("collector", ProcessId.of(os.getpid()), readings)


@pytest.mark.parametrize(
    ("megabytes", "run_s", "flat"),
    [
        ([60.0] * 60, HOUR_S, True),
        ([40.0] * 9 + [60.0] * 51, HOUR_S, True),  # caches fill up first
        ([60.0] * 20 + [65.9] * 40, HOUR_S, True),
        ([60.0] * 20 + [66.1] * 40, HOUR_S, False),
        ([40.0 + number for number in range(60)], HOUR_S, False),
        ([60.0] * 59 + [160.0], HOUR_S, True),  # a large answer at the very end
        ([4.0] * 20 + [5.0] * 40, HOUR_S, True),  # noise
        ([90.0] * 20 + [60.0] * 40, HOUR_S, True),
        ([40.0] * 5 + [60.0] * 10, QUARTER_S, True),
        ([60.0] * 10 + [67.0] * 5, QUARTER_S, False),
    ],
)
def test_memory_is_flat_or_not(megabytes: list[float], run_s: float, flat: bool) -> None:
    assert (verdicts([watched(megabytes, run_s)], run_s) == []) == flat


def test_files_that_are_never_closed_are_noticed() -> None:
    files = [20 + number for number in range(60)]
    [problem] = verdicts([watched([60.0] * 60, HOUR_S, files)], HOUR_S)
    assert problem.startswith("Not flat: collector went from 34")
    assert "files" in problem


def test_a_process_that_ended_is_no_flat_one() -> None:
    gone = watched([60.0] * 30, HOUR_S / 2)
    assert verdicts([gone], HOUR_S) == ["collector ended after 30:00, or was restarted."]
