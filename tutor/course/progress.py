"""How far the learner is: `mine/.progress`, one line for each lesson that was begun.

    01 passed 2026-11-20 12:00
    02 begun 2026-11-20 12:05, 2 hints

Anybody may read, write or delete it; a line that makes no sense is passed over.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, replace
from pathlib import Path

from tutor.course.lessons import Course, Step
from tutor.course.workspace import mine_dir

LINE = re.compile(r"(\d\d) (begun|passed) (\d{4}-\d\d-\d\d \d\d:\d\d)(?:, (\d+) hints?)?")


@dataclass(frozen=True)
class Entry:
    """One lesson: `state` is `begun` or `passed`, `when` is when that happened (local time),
    `hints` how many were asked for."""

    state: str
    when: str
    hints: int = 0

    def __str__(self) -> str:
        hints = f", {self.hints} hint{'s' * (self.hints != 1)}" if self.hints else ""
        return f"{self.state} {self.when}{hints}"


class Progress:
    """The progress kept in the file `path`."""

    def __init__(self, course: Course, path: Path | None = None) -> None:
        self._course = course
        self.path = path or mine_dir() / ".progress"
        self._entries = self._read()

    def entry(self, step: Step) -> Entry | None:
        """What is known of `step`; None if it was not begun."""
        return self._entries.get(step.number)

    def has_passed(self, step: Step) -> bool:
        found = self.entry(step)
        return found is not None and found.state == "passed"

    @property
    def current(self) -> Step:
        """The lesson that the learner is at: the last one begun or passed, else the first.

        Passing a lesson does not change it; only moving on does.
        """
        known = [step for step in self._course.steps if step.number in self._entries]
        return known[-1] if known else self._course.steps[0]

    @property
    def next(self) -> Step | None:
        """What to do next: the current lesson until it has passed, then the one after it; None if
        that was the last."""
        return self._course.after(self.current) if self.has_passed(self.current) else self.current

    def skipped(self, step: Step) -> list[Step]:
        """The lessons before `step` that have not passed."""
        before = [each for each in self._course.steps if each.number < step.number]
        return [each for each in before if not self.has_passed(each)]

    def begin(self, step: Step) -> None:
        """Note that the learner is at `step`, if that is news."""
        if step.number not in self._entries:
            self._put(step, Entry("begun", _now()))

    def passed(self, step: Step) -> None:
        """Note that the check of `step` has passed, if that is news."""
        if not self.has_passed(step):
            old = self.entry(step)
            self._put(step, Entry("passed", _now(), old.hints if old else 0))

    def hinted(self, step: Step) -> None:
        """Count one more hint for `step`."""
        old = self.entry(step) or Entry("begun", _now())
        self._put(step, replace(old, hints=old.hints + 1))

    def bar(self) -> str:
        """All lessons as one character each: done, current, to come."""
        at = self.next
        marks = ("█" if self.has_passed(s) else "▶" if s == at else "·" for s in self._course.steps)
        done = sum(map(self.has_passed, self._course.steps))
        return f"[{''.join(marks)}] {done}/{len(self._course.steps)}"

    def _put(self, step: Step, entry: Entry) -> None:
        self._entries = {**self._read(), step.number: entry}  # another terminal may have written
        lines = [f"{number:02} {each}\n" for number, each in sorted(self._entries.items())]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.write_text("".join(lines), "utf-8")
        os.replace(fresh, self.path)

    def _read(self) -> dict[int, Entry]:
        try:
            lines = self.path.read_text("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return {}
        found = [match for line in lines if (match := LINE.fullmatch(line.strip()))]
        return {int(m[1]): Entry(m[2], m[3], int(m[4] or 0)) for m in found}


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M")
