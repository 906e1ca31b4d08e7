"""predictions.txt: what a learner expects of the lessons to come, before doing them.

    # lesson: what a pairing takes now -> what it will take; or how many times as fast it gets
    12 batch:        640 ms -> 330 ms   # one query, one MGET, one call
    13 parallelize:  330 ms -> 60 ms
    14 cache:        12x                # most beers were asked for before

A line is the number of a lesson (the word after it is for people), a colon, and either two times
or a factor. `#` begins a comment. Up to lesson 14 a line is about a single pairing, in lesson 15
about many at once, none of them cached, and in lesson 16 about a beer's reviews.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FILE_NAME = "predictions.txt"
"""The file's name, in the learner's folder."""

FIRST_LESSON, LAST_LESSON = 12, 16
"""The lessons that can be predicted."""

EXAMPLE_LINES = "12 batch: 640 ms -> 330 ms, or 12 batch: 1.9x"
MAX_FACTOR = 100_000
"""A program that gets faster by a larger factor has lost its work on the way."""

NUMBER = r"(\d+(?:\.\d+)?)"
LINE = re.compile(r"(?:lesson\s+)?(\d+)\b[^:]*:\s*(.*)", re.IGNORECASE)
TIMES = re.compile(rf"{NUMBER}\s*(ms|s)\s*(?:->|→|to)\s*{NUMBER}\s*(ms|s)", re.IGNORECASE)
FACTOR = re.compile(rf"{NUMBER}\s*(?:x|×|times)", re.IGNORECASE)
SECONDS_PER_UNIT = {"ms": 1e-3, "s": 1.0}


class PredictionError(Exception):
    """A line is not a prediction. `line` is its number, `text` what it says, `problem` what is
    wrong."""

    def __init__(self, line: int, text: str, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.text = text
        self.problem = problem


@dataclass(frozen=True)
class Prediction:
    """The expectation that `lesson` will make something `factor` times as fast: from `before` to
    `after` seconds, or from whatever it takes (then both are None)."""

    lesson: int
    factor: float
    before: float | None = None
    after: float | None = None
    why: str = ""

    def relative_error(self, measured: float) -> float:
        """Return how far the factor is from the `measured` one, as a share of that: 0.25 is a
        quarter too high, -0.25 a quarter too low."""
        return self.factor / measured - 1


def read(folder: Path) -> dict[int, Prediction]:
    """Return the predictions in `folder`'s file by lesson; none if there is no such file.

    Raises `PredictionError` if a line is not a prediction.
    """
    try:
        text = (folder / FILE_NAME).read_text("utf-8", "replace")
    except FileNotFoundError:
        return {}
    return parse(text)


def parse(text: str) -> dict[int, Prediction]:
    """Return the predictions in a file's text by lesson.

    Raises `PredictionError` if a line is not a prediction.
    """
    predictions: dict[int, Prediction] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        content, _, comment = line.partition("#")
        if not content.strip():
            continue
        try:
            prediction = _prediction(content.strip(), comment.strip())
            if prediction.lesson in predictions:
                raise ValueError(f"lesson {prediction.lesson} has a prediction already")
        except ValueError as problem:
            raise PredictionError(number, content.strip(), str(problem)) from None
        predictions[prediction.lesson] = prediction
    return predictions


def _prediction(content: str, why: str) -> Prediction:
    """Read a line without its comment. Raises `ValueError` if it is not a prediction."""
    line = LINE.fullmatch(content)
    if line is None:
        raise ValueError(
            f"this does not begin with the number of a lesson and a colon ({EXAMPLE_LINES})"
        )
    lesson, value = int(line[1]), line[2].strip()
    if not FIRST_LESSON <= lesson <= LAST_LESSON:
        raise ValueError(
            f"there is nothing to predict for lesson {lesson},"
            f" only for {FIRST_LESSON} to {LAST_LESSON}"
        )
    if times := TIMES.fullmatch(value):
        before, after = _seconds(times[1], times[2]), _seconds(times[3], times[4])
        if not before or not after:
            raise ValueError("everything takes some time")
        return Prediction(lesson, _sane(before / after), before, after, why)
    if factor := FACTOR.fullmatch(value):
        return Prediction(lesson, _sane(float(factor[1])), why=why)
    raise ValueError(f"{value or 'nothing'!r} is neither two times nor a factor ({EXAMPLE_LINES})")


def _seconds(number: str, unit: str) -> float:
    return float(number) * SECONDS_PER_UNIT[unit.lower()]


def _sane(factor: float) -> float:
    if factor < 1:
        raise ValueError("a fix that makes it slower is not a fix")
    if factor > MAX_FACTOR:
        raise ValueError(f"{factor:.0f} times as fast is too good to be true")
    return factor
