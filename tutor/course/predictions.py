"""predictions.txt: what a learner expects of the lessons to come, before they are done.

    # lesson: what a pairing takes now -> what it will take; or how many times as fast it gets
    12 batch:        640 ms -> 330 ms   # one query, one MGET, one call
    13 parallelize:  330 ms -> 60 ms
    14 cache:        12x                # most beers were asked for before

A line is the number of a lesson (the word behind it is for people), a colon, and either two times
or a factor. Behind `#` is a comment. Up to lesson 14 it is about a single pairing, in lesson 15
about many at once, of which none is kept, and in lesson 16 about a beer's reviews.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FILE = "predictions.txt"
"""The file's name, in the learner's folder."""

FIRST, LAST = 12, 16
"""The lessons that something can be predicted of."""

EXAMPLE = "12 batch: 640 ms -> 330 ms, or 12 batch: 1.9x"
MOST = 100_000
"""A program that gets faster than by this factor has lost its work on the way."""

NUMBER = r"(\d+(?:\.\d+)?)"
LINE = re.compile(r"(?:lesson\s+)?(\d+)\b[^:]*:\s*(.*)", re.IGNORECASE)
TIMES = re.compile(rf"{NUMBER}\s*(ms|s)\s*(?:->|→|to)\s*{NUMBER}\s*(ms|s)", re.IGNORECASE)
FACTOR = re.compile(rf"{NUMBER}\s*(?:x|×|times)", re.IGNORECASE)
SECONDS = {"ms": 1e-3, "s": 1.0}


class PredictionError(Exception):
    """A line is no prediction. `line` is its number, `text` what stands there, `problem` why."""

    def __init__(self, line: int, text: str, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.text = text
        self.problem = problem


@dataclass(frozen=True)
class Prediction:
    """That a `lesson` will make something `factor` times as fast: from `before` to `after` seconds,
    or from whatever it takes (then both are None)."""

    lesson: int
    factor: float
    before: float | None = None
    after: float | None = None
    why: str = ""

    def off(self, measured: float) -> float:
        """How far the factor is from the `measured` one, as a share of that: 0.25 is a quarter too
        high, -0.25 a quarter too low."""
        return self.factor / measured - 1


def read(folder: Path) -> dict[int, Prediction]:
    """The predictions in `folder`'s file by lesson; none if there is no such file.

    Raises `PredictionError` for the first line that is none.
    """
    try:
        text = (folder / FILE).read_text("utf-8", "replace")
    except FileNotFoundError:
        return {}
    return parse(text)


def parse(text: str) -> dict[int, Prediction]:
    """The predictions in a file's text by lesson. Raises `PredictionError`."""
    found: dict[int, Prediction] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        said, _, why = line.partition("#")
        if not said.strip():
            continue
        try:
            prediction = _prediction(said.strip(), why.strip())
            if prediction.lesson in found:
                raise ValueError(f"lesson {prediction.lesson} has a prediction already")
        except ValueError as problem:
            raise PredictionError(number, said.strip(), str(problem)) from None
        found[prediction.lesson] = prediction
    return found


def _prediction(said: str, why: str) -> Prediction:
    """Raises `ValueError` that says what is wrong."""
    line = LINE.fullmatch(said)
    if line is None:
        raise ValueError(f"this does not begin with the number of a lesson and a colon ({EXAMPLE})")
    lesson, value = int(line[1]), line[2].strip()
    if not FIRST <= lesson <= LAST:
        raise ValueError(f"there is nothing to predict for lesson {lesson}, only {FIRST} to {LAST}")
    if times := TIMES.fullmatch(value):
        before, after = (float(times[at]) * SECONDS[times[at + 1].lower()] for at in (1, 3))
        if not before or not after:
            raise ValueError("nothing takes no time at all")
        return Prediction(lesson, _sane(before / after), before, after, why)
    if factor := FACTOR.fullmatch(value):
        return Prediction(lesson, _sane(float(factor[1])), why=why)
    raise ValueError(f"{value or 'nothing'!r} is neither two times nor a factor ({EXAMPLE})")


def _sane(factor: float) -> float:
    if factor < 1:
        raise ValueError("a cure that makes it slower is none")
    if factor > MOST:
        raise ValueError(f"{factor:.0f} times as fast is too good to be true")
    return factor
