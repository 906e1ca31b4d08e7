"""Telling never raises, and never floods."""

from __future__ import annotations

import sys
from io import StringIO

import pytest

from collector import log
from collector.log import Trouble, say, say_bug


class FullDisk(StringIO):
    """A log for which there is no room."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


class RudeError(Exception):
    """An error that does not even tell its name."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize("stream", [FullDisk(), None])
def test_telling_never_raises(monkeypatch: pytest.MonkeyPatch, stream: FullDisk | None) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    say("the disk is full")
    say_bug("a round failed", RudeError())
    Trouble().report("still full")


def test_a_lasting_trouble_is_told_once_a_minute_and_when_it_is_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 1000.0
    monkeypatch.setattr(log.time, "monotonic", lambda: now)
    trouble = Trouble()
    trouble.over("well again")
    for _ in range(130):
        trouble.report("the disk is full")
        now += 1
    trouble.over("well again")
    trouble.over("well again")
    for number in range(20):
        trouble.report(f"number {number}")
    told = capsys.readouterr().err.splitlines()
    assert told[:4] == ["collector: the disk is full"] * 3 + ["collector: well again"]
    assert told[4:] == [f"collector: number {number}" for number in range(log.MAX_LINES)]
