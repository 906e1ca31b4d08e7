"""One thing is one thing in every room."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import collector.counted
import loadtest.counted
from tests.servers import ROOT
from tutor import terminal
from ui.words import wording

COUNTED = [
    collector.counted.counted,
    loadtest.counted.counted,
    terminal.count,
    wording.counted,
    wording.weighted,
]


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 spans"), (1, "1 span"), (2, "2 spans"), (12345, "12,345 spans")]
)
@pytest.mark.parametrize("counted", COUNTED, ids=lambda function: str(function.__module__))
def test_numbers_of_things(counted: Callable[[int, str], str], number: int, words: str) -> None:
    assert counted(number, "span") == words


def test_a_weighted_number_may_be_a_part() -> None:
    assert wording.weighted(0.5, "call") == "0.5 calls"


def test_the_copies_are_equal() -> None:
    copies = sorted(ROOT.glob("*/counted.py"))
    assert len(copies) == 2
    assert copies[0].read_text() == copies[1].read_text()
