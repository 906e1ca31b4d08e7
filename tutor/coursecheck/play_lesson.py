"""Playing a lesson as a learner would: each change made, each command typed, in the order in which
they stand there; and what was wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tutor.course import lesson_markdown
from tutor.course.lesson_markdown import Block, Command, LessonError
from tutor.course.lessons import Course, Step
from tutor.coursecheck import edits
from tutor.coursecheck.edits import NewFile, Patch, Removal
from tutor.coursecheck.normalize import ELLIPSIS, agree, same_ids
from tutor.coursecheck.playground import Playground
from tutor.errors import Exit

MACHINE = re.compile(r"\./workshop (start|up|down|open|load)\b")
"""Commands about the machine: where the lesson is played the stack runs already, and no two loads
are alike. What they print is not compared, so a lesson may only show `…`."""

SIDE_BY_SIDE = re.compile(r"(?<![&>])&(?![&\d])")
"""A command that does two things at the same time."""


@dataclass
class Rehearsal:
    """A lesson as it was played: what was `wrong`, and what each command `printed`."""

    wrong: list[str] = field(default_factory=list)
    printed: list[tuple[Command, list[str]]] = field(default_factory=list)


class Player:
    """Plays lessons in a playground, in ascending order. Without `compares` it does not mind if
    commands print something else than the lesson shows."""

    def __init__(self, ground: Playground, course: Course, compares: bool = True) -> None:
        self._ground = ground
        self._course = course
        self._compares = compares
        self._last: Step | None = None

    def play(self, step: Step) -> Rehearsal:
        """Play the lesson of `step`.

        Raises `NotReadyError` if the stack does not run, or a command does not end.
        """
        done = Rehearsal()
        self._begin(step)
        done.wrong += self._check_fails(step)
        ids: dict[str, str] = {}
        is_ordered = True
        for command in self._changes_made(step, done):
            is_ordered = is_ordered and not SIDE_BY_SIDE.search(command.text)
            code, printed = self._ground.run(_with_ids(command.text, ids))
            lines = printed.splitlines()
            done.printed.append((command, lines))
            ids |= same_ids(command.output, lines)
            if self._compares:
                done.wrong += judge(command, code, lines, is_ordered)
        if not any(_is_check(command, step) for command, _ in done.printed):
            done.wrong.append(f"the lesson never says `./workshop check {step.number}`")
        self._have(step)
        done.wrong += self._answers_as_ever()
        return done

    def _begin(self, step: Step) -> None:
        """Have mine/ as it is when `step` begins, and run it."""
        before = self._course.before(step)
        if self._last is None:
            command = ["start"] if before is None else ["solve", str(before.number), "--yes"]
            self._ground.workshop(*command)
            self._ground.up()
        elif before:
            self._have(before)
        self._last = step

    def _answers_as_ever(self) -> Iterator[str]:
        """What the first lesson asks is answered the same after any other."""
        for command in lesson_markdown.read(self._course.steps[0].readme).commands():
            if command.text.startswith("curl ") and "%{" not in command.text:
                _, printed = self._ground.run(command.text)
                if not agree(command.output, printed.splitlines()):
                    yield f"answers otherwise than lesson 1 shows: {command.text}\n{printed}"

    def _check_fails(self, step: Step) -> Iterator[str]:
        """The check says, in words that can be understood, that the lesson is not done yet."""
        code, printed = self._ground.run(f"./workshop check {step.number}")
        if code != Exit.CHECK_FAILED:
            yield f"the check ends with {code}, not 1, before anything was done:\n{printed}"
            return
        kept = self._ground.folder / "data" / "course" / "last-check.json"
        result = json.loads(kept.read_text("utf-8"))
        if not (result["expected"] and result["seen"]) or "check.py" in result["look"]:
            yield f"the check stumbles before anything was done:\n{printed}"

    def _changes_made(self, step: Step, done: Rehearsal) -> Iterator[Command]:
        """The commands to type, each after the changes before it were made and saved."""
        saved = files = self._files()
        for action in actions(lesson_markdown.read(step.readme).blocks):
            if isinstance(action, Command):
                if files != saved:
                    self._ground.save(files, saved)
                    saved = files
                yield action
                continue
            try:
                files = action.apply(files)
            except LessonError as problem:
                done.wrong.append(str(problem))
        if files != saved:
            self._ground.save(files, saved)

    def _have(self, step: Step) -> None:
        """Have the checkpoint of `step` in mine/, whatever the lesson has led to."""
        if self._files() != self._course.files(step):
            self._ground.save(self._course.files(step), self._files())

    def _files(self) -> dict[str, str]:
        known = self._course.code_files() | self._course.note_files()
        return {
            path.name: path.read_text("utf-8")
            for path in self._ground.mine.iterdir()
            if path.name in known
        }


def actions(blocks: list[Block]) -> Iterator[Command | Patch | NewFile | Removal]:
    """What there is to do, in order. Removing a file is a change; it is no command then."""
    for block in blocks:
        if block.language == "console":
            for command in lesson_markdown.commands(block):
                names = edits.removed(command.text)
                yield Removal(names, command.line) if names else command
        else:
            yield from edits.of(block)


def judge(command: Command, code: int, printed: list[str], is_ordered: bool) -> Iterator[str]:
    """What is wrong with what a command did, compared to what the lesson shows."""
    where = f"line {command.line}: {command.text}"
    if command.text.startswith("./workshop") and code:
        yield f"{where}\nended with {code}:\n{_text(printed)}"
    elif MACHINE.match(command.text):
        if command.output not in ([], [ELLIPSIS]):
            yield f"{where}\nwhat this prints depends on the machine; show `{ELLIPSIS}` only"
    elif not agree(command.output, printed, in_order=is_ordered):
        yield f"{where}\nprints\n{_text(printed)}\nThe lesson shows\n{_text(command.output)}"


def _is_check(command: Command, step: Step) -> bool:
    return re.fullmatch(rf"\./workshop check( {step.number})?", command.text) is not None


def _with_ids(text: str, ids: dict[str, str]) -> str:
    """A command with the ids that the lesson shows replaced by those that were really printed."""
    for shown, real in ids.items():
        text = text.replace(shown, real)
    return text


def _text(lines: list[str]) -> str:
    shown = [f"    {line}" for line in lines[:40]]
    return "\n".join(shown + ["    …"] * (len(lines) > 40)) or "    (nothing)"
