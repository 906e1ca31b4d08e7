"""The figures of one lesson: are they true, and what would they be now?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tutor.course.lessons import Course, Step
from tutor.coursecheck.figures import constants
from tutor.coursecheck.figures.expression import FigureError, Quantity, evaluate, quantities
from tutor.coursecheck.figures.outputs import Output, outputs
from tutor.coursecheck.figures.prose import Mark, Number, line_of, marks, unmarked
from tutor.coursecheck.wrap import rewrapped

DIGIT = re.compile(r"\d")
SECTION = re.compile(r"^## ", re.MULTILINE)


class LessonFigures:
    """The figures in the lesson of `step`. They may refer to other lessons of `course`."""

    def __init__(self, step: Step, course: Course) -> None:
        self._course = course
        self._step = step
        self._text = step.readme.read_text("utf-8")
        self._outputs = outputs(self._text, step.readme)

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each number in the prose that disagrees with an output, and for each
        that comes from nowhere."""
        for mark in marks(self._text):
            if problem := self._problem(mark):
                yield f"line {line_of(self._text, mark.end)}: {problem}"
        for number in unmarked(self._text):
            if not self._is_shown(number):
                yield (
                    f"line {line_of(self._text, number.start)}: where does {number.words!r} come"
                    " from? It is not in the output beside it; say so in a comment after it:"
                    " <!-- figure: … --> or, if it is not measured, <!-- given: … -->"
                )

    def update(self) -> None:
        """Put all figures right that are not true any more, in the lesson's file, and wrap their
        paragraphs anew.

        Those that can't be worked out stay, for `problems` to name.
        """
        text, changed = self._text, set()
        for mark in reversed(marks(text)):
            if mark.is_figure and mark.wording:
                try:
                    figure = self._value(mark)
                except FigureError:
                    continue
                if mark.wording.fits(figure) and not mark.wording.agrees(figure):
                    text = text[: mark.start] + mark.wording.updated(figure) + text[mark.end :]
                    changed.add(line_of(text, mark.start))
        if changed:
            self._step.readme.write_text(rewrapped(text, changed), "utf-8")

    def _problem(self, mark: Mark) -> str:
        """Say what is wrong with a mark, if anything is."""
        if mark.wording is None:
            return f"no number before <!-- {mark.kind}: {mark.what} -->"
        words = " ".join(mark.wording.match[0].split())
        if not mark.is_figure and not constants.EXPRESSION.fullmatch(mark.what):
            return ""  # it is in words where it comes from
        try:
            figure = self._value(mark) if mark.is_figure else self._given(mark)
        except FigureError as problem:
            return f"{words!r}: {problem}, in <!-- {mark.kind}: {mark.what} -->"
        if mark.is_figure and mark.wording.agrees(figure):
            return ""
        if not mark.is_figure:
            is_it = mark.wording.is_said_of(figure)
            return "" if is_it else f"{words!r} is not {mark.what}, which is {said(figure)}"
        return f"{words!r} is not what the output says: {mark.what} is {said(figure)}"

    def _value(self, mark: Mark) -> Quantity:
        """Return the number that a mark means. Raises `FigureError` if there is none."""
        here = line_of(self._text, mark.end)

        def find(name: str, lesson: int | None) -> Sequence[str]:
            if lesson is None:
                return lines_with(name, self._nearest(here))
            path = self._course.step(lesson).readme
            return lines_with(name, outputs(path.read_text("utf-8"), path)[::-1])

        return evaluate(mark.what, find)

    def _given(self, mark: Mark) -> Quantity:
        """Return the number that the code gives the name in a mark. Raises `FigureError` if it has
        none of that name."""
        lines = constants.as_output(self._step)

        def find(name: str, lesson: int | None) -> Sequence[str]:
            if name not in lines:
                raise FigureError(f"no dial and no constant of the step is called {name}")
            return [lines[name]]

        return evaluate(mark.what, find)

    def _nearest(self, line: int) -> list[Output]:
        """Return the outputs above a line, the nearest first, and then those below it."""
        above = [output for output in self._outputs if output.line < line]
        return [*reversed(above), *self._outputs[len(above) :]]

    def _is_shown(self, number: Number) -> bool:
        """Return whether an output of the number's section has it as it is written."""
        begins = [found.start() for found in SECTION.finditer(self._text)]
        start = max((begin for begin in begins if begin <= number.start), default=0)
        end = min((begin for begin in begins if begin > number.start), default=len(self._text))
        first, last = line_of(self._text, start), line_of(self._text, end)
        return any(
            number.wording.is_exactly(quantity)
            for output in self._outputs
            if first <= output.line <= last
            for line in output.lines
            for quantity in quantities(line)
        )


def lines_with(name: str, shown: Sequence[Output]) -> Sequence[str]:
    """Return the lines with `name` of the first output that has any; or else all lines that the
    first command with `name` printed.

    Raises `FigureError` if there are none.
    """
    whole = re.compile(rf"(?<![\w./]){re.escape(name)}(?![\w/]|\.\w)")
    for output in shown:
        lines = [line for line in output.lines if whole.search(line) and DIGIT.search(line)]
        if lines:
            return lines
    for output in shown:
        if output.lines and name in output.command:
            return output.lines
    raise FigureError(f"no output has {name!r}")


def said(figure: Quantity) -> str:
    """Return a number for an error message."""
    return f"{figure.value:.4g} ms" if figure.is_time else f"{figure.value:.4g}"
