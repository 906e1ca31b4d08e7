"""docs/analysis.md is true: its examples run, and what it names exists."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import collector.analysis.detectors as detectors

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "analysis.md"


def test_its_examples_print_what_it_says() -> None:
    failures, examples = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert examples > 30
    assert failures == 0


def test_the_files_it_names_exist() -> None:
    for path in re.findall(r"`(collector/[\w./]+)`", PAGE.read_text()):
        assert (ROOT / path).exists(), path


def test_it_names_every_detector() -> None:
    detectors_part, _, _ = PAGE.read_text().partition("## Every number, one by one")
    table = re.findall(r"^\| `(\w+)` \|", detectors_part, re.MULTILINE)
    assert list(dict.fromkeys(table)) == [
        each.__name__ for each in (*detectors.DETECTORS, *detectors.CROSS_TRACE_DETECTORS)
    ]
