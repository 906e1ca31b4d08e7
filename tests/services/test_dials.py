"""Dials: bounds, kinds, owners; turned together or not at all."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dials import DIALS, Dials, WrongDialError, checked, from_environment, pause
from tests.servers import ROOT


def test_every_dial_says_where_it_belongs_and_starts_within_its_bounds() -> None:
    belongs_to = set()
    for name, dial in DIALS.items():
        assert checked(name, dial.default) == dial.default
        belongs_to.add(dial.metadata["why"].split(":")[0])
    assert belongs_to >= {f"#{number}" for number in range(1, 13)}
    assert all(re.fullmatch(r"#([1-9]|1[0-2])|lesson 1[89]|audit", owner) for owner in belongs_to)


def test_each_dial_says_in_which_files_it_acts() -> None:
    acts_in: dict[str, set[str]] = {name: set() for name in DIALS}
    for file in (ROOT / "services").glob("*.py"):
        for name in re.findall(r"\bdials\.([A-Z_]+)\b", file.read_text()):
            acts_in[name].add(file.name)
    assert {name: set(dial.metadata["acts_in"].split()) for name, dial in DIALS.items()} == acts_in


def test_the_environment_sets_dials() -> None:
    dials = from_environment({"TASTE_MS": "5", "PALATES": "4", "PATH": "/bin"})
    assert (dials.TASTE_MS, dials.PALATES) == (5.0, 4)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("TASTE_MS", -1, "TASTE_MS turns from 0 to 60000, not to -1"),
        ("TASTE_MS", "5", "TASTE_MS must be a number, not '5'"),
        ("TASTE_MS", None, "TASTE_MS must be a number, not None"),
        ("TASTE_MS", float("nan"), "TASTE_MS must be a number, not nan"),
        ("PALATES", 0, "PALATES turns from 1 to 64, not to 0"),
        ("PALATES", 1.5, "PALATES must be a whole number, not 1.5"),
        ("PALATE", 1, "there is no dial 'PALATE'; did you mean PALATES?"),
        ("taste_ms", 1, "there is no dial 'taste_ms'; did you mean TASTE_MS?"),
        ("xyz", 1, "there is no dial 'xyz'; GET /dials lists them"),
    ],
)
def test_a_wrong_value_is_refused_with_the_reason(name: str, value: object, complaint: str) -> None:
    with pytest.raises(WrongDialError) as problem:
        checked(name, value)
    assert str(problem.value) == complaint


@given(st.sampled_from(sorted(DIALS)), st.integers() | st.floats() | st.text() | st.none())
def test_a_dial_takes_a_value_exactly_if_it_is_a_number_within_bounds(
    name: str, value: object
) -> None:
    low, high = DIALS[name].metadata["low"], DIALS[name].metadata["high"]
    fits = isinstance(value, int | float) and low <= value <= high
    if fits and DIALS[name].type == "int":
        fits = value == int(value)  # type: ignore[call-overload]
    if fits:
        assert checked(name, value) == value
    else:
        with pytest.raises(WrongDialError):
            checked(name, value)


def test_either_all_dials_are_turned_or_none() -> None:
    dials = Dials()
    with pytest.raises(WrongDialError):
        dials.turn("taster", {"TASTE_MS": 1, "PALATES": 0})
    assert dials == Dials()
    changed = dials.turn("taster", {"TASTE_MS": 1, "PALATES": 1})
    assert changed == {"TASTE_MS": {"from": 25, "to": 1}}, "PALATES was 1 already"


def test_a_dial_is_turned_in_the_service_that_has_it() -> None:
    with pytest.raises(WrongDialError, match="a dial of taster, this is web"):
        Dials().turn("web", {"TASTE_MS": 1})
    assert Dials().turn("web", {"TASTE_THREADS": 2})
    assert Dials().turn("taster", {"TASTE_THREADS": 2})


def test_listeners_hear_of_a_turn_and_a_failing_one_undoes_it() -> None:
    dials = Dials()
    heard: list[float] = []
    dials.on_turn("PALATES", lambda: heard.append(dials.PALATES))
    dials.turn("taster", {"PALATES": 3})
    dials.turn("taster", {"PALATES": 3})
    assert heard == [3]

    def fail() -> None:
        if dials.TASTE_MS == 7:
            raise RuntimeError

    dials.on_turn("TASTE_MS", fail)
    with pytest.raises(RuntimeError):
        dials.turn("taster", {"PALATES": 5, "TASTE_MS": 7})
    assert (dials.PALATES, dials.TASTE_MS) == (3, 25)
    assert heard == [3, 5, 3]


def test_a_wrong_environment_variable_is_one_clear_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import services.dials"],
        cwd=ROOT,
        env={"TASTE_MS": "quick"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == "the environment variable TASTE_MS must be a number, not 'quick'\n"


def test_no_pause_at_all_for_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    pause(0)
    assert slept == []
    pause(1)
    assert len(slept) == 1
