"""How far the learner has got: `mine/.progress`, one line for each lesson that was begun.

    01 passed 2026-11-20 12:00
    02 given 2026-11-20 12:05
    03 begun 2026-11-20 12:05, 2 hints

You may read, edit or delete it; a line that makes no sense is skipped.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, replace
from pathlib import Path

from tutor.course.lessons import Course, Step
from tutor.paths import mine_dir

LINE = re.compile(
    r"(\d\d) (begun|passed|given|ahead) (\d{4}-\d\d-\d\d \d\d:\d\d)(?:, (\d+) hints?)?"
)


@dataclass(frozen=True)
class Entry:
    """What is known of one lesson.

    `state` is `begun`, `passed`, `given` where the learner took its code from a checkpoint, or
    `ahead` where only hints were asked for before its time; `when` is when that happened (local
    time), `hints` how many.
    """

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
        """Return what is known of `step`; None if it was not begun."""
        return self._entries.get(step.number)

    def has_passed(self, step: Step) -> bool:
        """Return whether the check of `step` has passed."""
        entry = self.entry(step)
        return entry is not None and entry.state == "passed"

    @property
    def current(self) -> Step:
        """The lesson that the learner is at, and that every command means if it is not told which:
        the last one that was begun or, once that has passed, the one after it, if there is one."""
        begun = [step for step in self._course.steps if self._has_begun(step)]
        last = begun[-1] if begun else self._course.steps[0]
        return (self._course.after(last) or last) if self.has_passed(last) else last

    def skipped(self, step: Step) -> list[Step]:
        """Return the lessons before `step` that have not passed, and whose code was not given."""
        return [other for other in self._before(step) if not self._is_settled(other)]

    def begin(self, step: Step) -> None:
        """Note that the learner is at `step`, unless it was begun before."""
        if not self._has_begun(step):
            self._put(step, Entry("begun", _now(), self._hints(step)))

    def go_to(self, step: Step) -> None:
        """Note that the learner begins `step` anew, with a checkpoint's code: what the lessons
        before it ask for is there, that of the lessons after it no longer is."""
        known = self._read()
        given = Entry("given", _now())
        earlier = {
            other.number: entry
            if (entry := known.get(other.number)) and entry.state == "passed"
            else given
            for other in self._before(step)
        }
        self._write({**earlier, step.number: Entry("begun", _now())})

    def record_passed(self, step: Step) -> None:
        """Note that the check of `step` has passed, unless it has passed before."""
        if not self.has_passed(step):
            self._put(step, Entry("passed", _now(), self._hints(step)))

    def record_hint(self, step: Step) -> None:
        """Count one more hint for `step`. To look ahead is not to move on."""
        state = "ahead" if step.number > self.current.number else "begun"
        old = self.entry(step) or Entry(state, _now())
        self._put(step, replace(old, hints=old.hints + 1))

    def bar(self) -> str:
        """Return all lessons as one character each (done, at, to come), and how many are done."""
        current = self.current
        marks = (
            "█" if self.has_passed(step) else "▶" if step == current else "·"
            for step in self._course.steps
        )
        done = sum(map(self.has_passed, self._course.steps))
        return f"[{''.join(marks)}] {done}/{len(self._course.steps)}"

    def _before(self, step: Step) -> list[Step]:
        return [other for other in self._course.steps if other.number < step.number]

    def _is_settled(self, step: Step) -> bool:
        entry = self.entry(step)
        return entry is not None and entry.state in ("passed", "given")

    def _has_begun(self, step: Step) -> bool:
        entry = self.entry(step)
        return entry is not None and entry.state != "ahead"

    def _hints(self, step: Step) -> int:
        entry = self.entry(step)
        return entry.hints if entry else 0

    def _put(self, step: Step, entry: Entry) -> None:
        self._write({**self._read(), step.number: entry})  # another terminal may have written

    def _write(self, entries: dict[int, Entry]) -> None:
        self._entries = entries
        lines = [f"{number:02} {known}\n" for number, known in sorted(self._entries.items())]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.write_text("".join(lines), "utf-8")
        os.replace(fresh, self.path)

    def _read(self) -> dict[int, Entry]:
        try:
            lines = self.path.read_text("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return {}
        matches = [match for line in lines if (match := LINE.fullmatch(line.strip()))]
        return {int(m[1]): Entry(m[2], m[3], int(m[4] or 0)) for m in matches}


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M")
