"""Reading timing.log however somebody has written it."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.checks import timing_log
from tutor.checks.timing_log import TimingLog, names_time, time_in


@pytest.mark.parametrize(
    "line",
    [
        "pair took 0.412 seconds",
        "pair took 412 ms",
        "pair: 412.3ms",
        "function pair took 0.41s",
        "2026-11-20 12:00:01,123 INFO pair took 0.412",
        '{"name": "pair", "duration_ms": 412.0}',
        "2026-11-20T12:00:01Z web 9f86d081884c7d65 pair seconds=0.412",
        "pair 412000 us",
        "10743597937325899402 pair 4.12e-1 s",
    ],
)
def test_a_time_is_found_however_it_is_written(line):
    assert names_time(line, 0.4)
    assert not names_time(line, 0.8)


@pytest.mark.parametrize(
    ("took_ms", "measured_ms", "agree"),
    [
        (17, 68, True),  # a busy machine: the rest was spent on the way and in the server
        (8, 240, True),
        (8, 400, False),
        (100, 40, False),  # no function takes longer than the request for it
        (0.64, 650, False),  # seconds, called milliseconds
        (640, 1370, False),
    ],
)
def test_a_function_may_take_less_than_its_request_but_not_more(took_ms, measured_ms, agree):
    assert names_time(f"pair took {took_ms} ms", measured_ms / 1000) is agree


@pytest.mark.parametrize(
    "line", ["", "pair", "2026-11-20 12:00:01 pair", "web 127.0.0.1:5000 pair"]
)
def test_a_line_may_name_no_time(line):
    assert time_in(line) is None


@given(st.integers(0, 60_000))
def test_units_are_understood(milliseconds):
    for text in (
        f"{milliseconds} ms",
        f"{milliseconds / 1000:.3f} seconds",
        f"{milliseconds}000us",
    ):
        assert time_in(f"pair took {text}") == pytest.approx(milliseconds / 1000)


def test_lines_that_come_a_little_later_are_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(timing_log, "QUIET_S", 1)
    monkeypatch.setattr(timing_log, "TIMEOUT_S", 20)
    log = TimingLog(tmp_path)
    log.path.write_text("before\n")
    mark = log.mark()

    def write():
        for number in range(3):
            time.sleep(0.05)
            with log.path.open("a") as file:
                file.write(f"line {number}\n")

    writer = threading.Thread(target=write)
    writer.start()
    assert log.settled_lines(mark) == ["line 0", "line 1", "line 2"]
    writer.join()


def test_there_may_be_no_log(tmp_path):
    log = TimingLog(tmp_path)
    assert log.mark() == 0
    assert log.lines() == []
