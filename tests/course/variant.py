"""A variant of a lesson's checkpoint, as somebody might write it: right or wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tutor.course import lesson_markdown
from tutor.course.lessons import Course
from tutor.coursecheck.edits import apply

Replacement = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Variant:
    """The checkpoint of `lesson` with some `edits`, and what the lesson's check must say about it.

    `edits` are replacements of text by file name, or a whole new text; `wrong` is part of what the
    check must say, "" if the variant is as good as the checkpoint. One that does not start
    (`starts`) is run with the reloader, as a learner's code is, which then says why. With `then`,
    somebody has gone on from there to the letter, up to that lesson, whose check is meant.
    """

    lesson: int
    what: str
    edits: Mapping[str, Sequence[Replacement] | str] = field(default_factory=dict)
    wrong: str = ""
    starts: bool = True
    then: int = 0

    @property
    def checked(self) -> int:
        """The lesson whose check judges it."""
        return self.then or self.lesson

    def write(self, folder: Path, course: Course) -> None:
        """Write its code into `folder`."""
        step = course.step(self.lesson)
        files = course.files(step) if self.then else step.checkpoint()
        for name, edit in self.edits.items():
            files[name] = edit if isinstance(edit, str) else replaced(files[name], edit)
        for lesson in range(self.lesson + 1, self.checked + 1):
            files = apply(lesson_markdown.read(course.step(lesson).readme), files)
        for name, text in files.items():
            (folder / name).write_text(text)

    def __str__(self) -> str:
        later = f", and on to lesson {self.then}" if self.then else ""
        return f"{self.lesson:02} {'wrong' if self.wrong else 'right'}: {self.what}{later}"


def replaced(text: str, replacements: Sequence[Replacement]) -> str:
    """Return `text` with each old piece, which must occur exactly once, replaced by its new one."""
    for old, new in replacements:
        assert text.count(old) == 1, f"{text.count(old)} times, not once: {old}"
        text = text.replace(old, new)
    return text
