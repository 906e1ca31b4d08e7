"""Playing a lesson as a learner would: each change made and each command typed, in the order in
which the lesson has them; and what was wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from services.menu import BEERS
from tutor.checks.access_log import PROBE_USER_AGENT
from tutor.checks.cached_pairings import CachedPairings
from tutor.checks.probe import Probe
from tutor.course import lesson_markdown
from tutor.course.lesson_markdown import Block, Command, LessonError
from tutor.course.lessons import Course, Step
from tutor.course.progress import Progress
from tutor.coursecheck import edits
from tutor.coursecheck.edits import Edit
from tutor.coursecheck.normalize import ELLIPSIS, id_replacements, matches
from tutor.coursecheck.playground import Playground
from tutor.errors import Exit, NotReadyError

NOT_COMPARED = re.compile(r"(?:[A-Z_]+=\S+ )*\./workshop (start|up|down|open|load|viewer)\b")
"""Commands whose output depends on the machine: the stack is already running where the lesson is
played, and no two loads are alike. A lesson may only show `…` for them."""

GOES_ON = " &"
"""How a command ends that goes on while others are typed."""

CONCURRENT = re.compile(r"(?<![&>])&(?![&\d])")
"""A command that does two things at the same time."""

RUN_TIME = re.compile(r"--run-time \d+s")
SHORT_RUN_TIME = "--run-time 8s"
"""How long a load lasts, whatever the lesson says: people need more to look at, its check does
not."""


@dataclass
class PlayedLesson:
    """A lesson as it was played: its `problems`, and the `outputs` of its commands."""

    problems: list[str] = field(default_factory=list)
    outputs: list[tuple[Command, list[str]]] = field(default_factory=list)


class Player:
    """Plays lessons in a playground, in ascending order. Without `compares`, commands may print
    something else than the lesson shows."""

    def __init__(self, playground: Playground, course: Course, compares: bool = True) -> None:
        self._playground = playground
        self._course = course
        self._compares = compares
        self._last: Step | None = None

    def play(self, step: Step) -> PlayedLesson:
        """Play the lesson of `step`.

        Raises `NotReadyError` if the stack does not run or a command does not end.
        """
        played = PlayedLesson()
        self._begin(step)
        played.problems += self._check_must_fail(step)
        ids: dict[str, str] = {}
        in_order = True
        for command in self._commands(step, played):
            if command.text.endswith(GOES_ON):
                self._playground.start(command.text.removesuffix(GOES_ON))
                played.outputs.append((command, []))
                continue
            in_order = in_order and not CONCURRENT.search(command.text)
            code, printed = self._playground.run(as_typed(command.text, ids))
            lines = printed.splitlines()
            played.outputs.append((command, lines))
            ids |= id_replacements(command.output, lines)
            if self._compares:
                played.problems += compare(command, code, lines, in_order)
        played.problems += self._must_be_done(step)
        self._restore(step)
        played.problems += self._answers_must_be_unchanged()
        return played

    def _begin(self, step: Step) -> None:
        """Have mine/ as it is when `step` begins, and run it, with nothing in its cache: people
        read for longer than a pairing is kept."""
        before = self._course.before(step)
        if self._last is None:
            command = ["start"] if before is None else ["solve", str(before.number), "--yes"]
            self._playground.workshop(*command)
            self._playground.up()
        elif before:
            self._restore(before)
        app = Probe(self._playground.target(), self._course)
        CachedPairings(app).expire(*(beer.name for beer in BEERS))
        self._last = step

    def _answers_must_be_unchanged(self) -> Iterator[str]:
        """Yield a problem for each request of the first lesson that is answered differently now."""
        for command in lesson_markdown.read(self._course.steps[0].readme).commands():
            if command.text.startswith("curl ") and "%{" not in command.text:
                marked = command.text.replace("curl ", f"curl -A {PROBE_USER_AGENT} ", 1)
                _, printed = self._playground.run(marked)
                if not matches(command.output, printed.splitlines()):
                    yield f"not the answer that lesson 1 shows: {command.text}\n{printed}"

    def _check_must_fail(self, step: Step) -> Iterator[str]:
        """Yield a problem if the check does not say, in words that can be understood, that the
        lesson is not done yet."""
        code, printed = self._playground.run(f"./workshop check {step.number}")
        if code != Exit.CHECK_FAILED:
            yield f"the check ends with {code}, not 1, before anything was done:\n{printed}"
            return
        result = self._last_result()
        if not (result["expected"] and result["seen"]) or "check.py" in result["look"]:
            yield f"the check stumbles before anything was done:\n{printed}"

    def _must_be_done(self, step: Step) -> Iterator[str]:
        """Yield a problem if the lesson's own commands do not end in a check that passes."""
        result = self._last_result()
        if (result["lesson"], result["outcome"]) != (step.number, "passed"):
            yield f"the lesson does not end with a `./workshop check {step.number}` that passes"
        if not Progress(self._course, self._playground.mine / ".progress").has_passed(step):
            yield "the learner's progress does not say that the lesson has passed"
        if (self._playground.mine / ".backup").exists():
            yield "a command of the lesson has replaced the learner's code"

    def _last_result(self) -> dict[str, Any]:
        """Return the result that `./workshop check` has kept. Raises `NotReadyError` if there is
        none."""
        path = self._playground.folder / "data" / "course" / "last-check.json"
        try:
            result: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise NotReadyError("no check has kept a result") from None
        return result

    def _commands(self, step: Step, played: PlayedLesson) -> Iterator[Command]:
        """Yield the commands to type, each after the changes before it were made and saved."""
        saved = files = self._files()
        for action in actions(lesson_markdown.read(step.readme).blocks):
            if isinstance(action, Command):
                if files != saved:
                    self._playground.save(files, saved)
                    saved = files
                yield action
                continue
            try:
                files = action.apply(files)
            except LessonError as problem:
                played.problems.append(str(problem))
        if files != saved:
            self._playground.save(files, saved)

    def _restore(self, step: Step) -> None:
        """Have the checkpoint of `step` in mine/, whatever the lesson has led to."""
        if self._files() != self._course.files(step):
            self._playground.save(self._course.files(step), self._files())

    def _files(self) -> dict[str, str]:
        names = self._course.code_files() | self._course.note_files()
        return {
            path.name: path.read_text("utf-8")
            for path in self._playground.mine.iterdir()
            if path.name in names
        }


def actions(blocks: list[Block]) -> Iterator[Command | Edit]:
    """Yield what there is to do, in order. `rm` of a learner's file is an edit, not a command."""
    for block in blocks:
        if block.language == "console":
            for command in lesson_markdown.commands(block):
                names = edits.removed_files(command.text)
                yield edits.Removal(names, command.line) if names else command
        else:
            yield from edits.edits_in(block)


def compare(command: Command, code: int, printed: list[str], in_order: bool) -> Iterator[str]:
    """Yield a problem if a command of ours failed with exit code `code`, or if any command printed
    something else than the lesson shows."""
    where = f"line {command.line}: {command.text}"
    if command.text.startswith("./workshop") and code:
        yield f"{where}\nended with {code}:\n{_excerpt(printed)}"
    elif NOT_COMPARED.match(command.text):
        if command.output not in ([], [ELLIPSIS]):
            yield f"{where}\nwhat this prints depends on the machine; show only `{ELLIPSIS}`"
    elif not matches(command.output, printed, in_order=in_order):
        yield f"{where}\nprints\n{_excerpt(printed)}\nThe lesson shows\n{_excerpt(command.output)}"


def as_typed(text: str, ids: dict[str, str]) -> str:
    """Return a command with the ids that were really printed in place of those that the lesson
    shows, and with a short run time."""
    for shown_id, printed_id in ids.items():
        text = text.replace(shown_id, printed_id)
    return RUN_TIME.sub(SHORT_RUN_TIME, text)


def _excerpt(lines: list[str]) -> str:
    shown = [f"    {line}" for line in lines[:40]]
    return "\n".join(shown + ["    …"] * (len(lines) > 40)) or "    (nothing)"
