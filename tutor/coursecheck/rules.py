"""The rules for a step that can be checked by reading it: its code, its lesson, its hints.

Each rule is a function that yields what is wrong with a step, a sentence for each problem.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

from tutor.course import hints, lesson_markdown
from tutor.course.lesson_markdown import Block, Command, LessonError
from tutor.course.lessons import Course, Step
from tutor.course.sections import SOLUTION, TASK, sections
from tutor.coursecheck.edits import Edit, Removal, apply, edits_in
from tutor.coursecheck.normalize import ELLIPSIS
from tutor.coursecheck.play_lesson import actions
from tutor.coursecheck.wrap import WIDTH_CHARS, too_long
from tutor.paths import ROOT
from tutor.supervisor.app import MINE
from tutor.terminal import count

SERVICES_STEP = 10
"""The step whose checkpoint `services/` is."""

MIN_HINTS = 3
MAX_LEARNED_CHARS = 120
CURL = re.compile(r"\bcurl\b")
SILENT_CURL = re.compile(r"\bcurl [^\n`]*?(?<=\s)-s(?=\s)")
WAITS = re.compile(r"\./workshop (get|check|load)\b")
"""Commands that wait until the app has restarted."""
LANGUAGES = ("console", "diff", "nginx", "python", "text")


def problems(step: Step, course: Course) -> Iterator[str]:
    """Yield all that is wrong with `step`.

    Not for threads: `code_compiles` changes the filters for warnings of the whole process.
    """
    try:
        yield from code_compiles(step)
        yield from blocks_are_known(step)
        yield from lesson_gives_checkpoint(step, course)
        yield from solution_is_apart(step)
        yield from learners_see_an_answer(step)
        yield from prose_is_wrapped(step)
        yield from excerpts_are_true(step)
        yield from hints_end_in_code(step)
        yield from says_what_is_learned(step)
        if step.number == SERVICES_STEP:
            yield from services_are_the_same(step)
    except (LessonError, FileNotFoundError, UnicodeDecodeError) as problem:
        yield str(problem)


def code_compiles(step: Step) -> Iterator[str]:
    """Rule: the Python files compile without a warning."""
    for path in sorted(step.folder.glob("*.py")):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                compile(path.read_bytes(), str(path), "exec")
            except (SyntaxError, Warning) as problem:
                yield f"{path.name}: {problem}"


def blocks_are_known(step: Step) -> Iterator[str]:
    """Rule: each fenced block is of a kind that is checked, or plain text."""
    for block in lesson_markdown.read(step.readme).blocks:
        if block.language not in LANGUAGES:
            kinds = ", ".join(LANGUAGES)
            language = block.language or "no language"
            yield f"line {block.line}: a block of {language}, not one of {kinds}"
        if block.language == "nginx":
            yield from nginx_accepts(block)


def unchecked(steps: Sequence[Step]) -> Iterator[str]:
    """Yield what can't be checked on this machine."""
    if not shutil.which("nginx"):
        for step in steps:
            if any(block.language == "nginx" for block in lesson_markdown.read(step.readme).blocks):
                yield f"lesson {step}: its nginx configuration (nginx is not installed)"


def nginx_accepts(block: Block) -> Iterator[str]:
    """Rule: nginx, where it is installed, accepts the block as part of its configuration."""
    nginx = shutil.which("nginx")
    if not nginx:
        return
    with TemporaryDirectory() as folder:
        config = Path(folder, "nginx.conf")
        config.write_text(f"pid {folder}/pid;\nevents {{}}\nhttp {{\n{block.text}\n}}\n")
        done = subprocess.run(
            [nginx, "-t", "-q", "-e", f"{folder}/log", "-c", str(config)],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            yield f"line {block.line}: nginx refuses this: {done.stderr.strip()}"


def lesson_gives_checkpoint(step: Step, course: Course) -> Iterator[str]:
    """Rule: the lesson's changes turn the checkpoint before into this one, byte for byte."""
    before = course.before(step)
    if before is None:
        return
    reached = apply(lesson_markdown.read(step.readme), course.files(before))
    checkpoint = course.files(step)
    for name in sorted(reached.keys() | checkpoint.keys()):
        if name not in checkpoint:
            yield f"the lesson leaves {MINE}{name}, which the checkpoint doesn't have"
        elif name not in reached:
            yield f"the lesson never makes {MINE}{name}"
        elif reached[name] != checkpoint[name]:
            yield f"{MINE}{name}, {first_difference(reached[name], checkpoint[name])}"


def solution_is_apart(step: Step) -> Iterator[str]:
    """Rule: a lesson that sets a task has all changes in the section that is left out at first."""
    found = {section.title: section for section in sections(step.readme.read_text("utf-8"))}
    if TASK not in found:
        return
    for block in lesson_markdown.read(step.readme).blocks:
        is_apart = SOLUTION in found and block.line in found[SOLUTION]
        if list(edits_in(block)) and not is_apart:
            yield f"line {block.line}: this gives the task away; its place is under {SOLUTION!r}"


def first_difference(reached: str, checkpoint: str) -> str:
    """Say where two texts begin to differ."""
    one, other = (text.splitlines() for text in (reached, checkpoint))
    for number, (a, b) in enumerate(zip(one, other, strict=False), start=1):
        if a != b:
            return f"line {number}: the lesson gives {a!r}, the checkpoint has {b!r}"
    return f"the lesson gives {count(len(one), 'line')}, the checkpoint has {len(other)}"


def changes_code(edit: Edit) -> bool:
    """Return whether a change is one to the app's code, and not to a note."""
    names = edit.names if isinstance(edit, Removal) else [edit.name]
    return any(name.endswith(".py") for name in names)


def learners_see_an_answer(step: Step) -> Iterator[str]:
    """Rule: after a change to the code, what comes before the first `curl` is a command that waits
    for the app to restart; and no `curl` keeps quiet about finding nobody."""
    is_restarting = False
    for action in actions(lesson_markdown.read(step.readme).blocks):
        if not isinstance(action, Command):
            is_restarting = is_restarting or changes_code(action)
        elif WAITS.match(action.text):
            is_restarting = False
        elif is_restarting and CURL.search(action.text):
            yield f"line {action.line}: `./workshop get` must come first, to wait for the restart"
    for path in (step.readme, step.folder / "hints.md"):
        if SILENT_CURL.search(path.read_text("utf-8")):
            yield f"{path.name}: `curl -s` hides why there is no answer; write `curl -sS`"


def prose_is_wrapped(step: Step) -> Iterator[str]:
    """Rule: no line of prose is longer than the others may be."""
    for path in (step.readme, step.folder / "hints.md"):
        for line in too_long(path.read_text("utf-8")):
            yield f"{path.name}, line {line}: longer than {WIDTH_CHARS} characters; wrap it"


def excerpts_are_true(step: Step) -> Iterator[str]:
    """Rule: an excerpt is in the file that is named, word for word."""
    for block in lesson_markdown.read(step.readme).blocks:
        if block.language != "python" or not block.is_reading:
            continue
        name = block.file or ""
        path = step.folder / name.removeprefix(MINE) if name.startswith(MINE) else ROOT / name
        if not path.is_file():
            yield f"line {block.line}: the line before this block must name an existing file"
        elif not contains(path.read_text("utf-8"), block.text):
            yield f"line {block.line}: this is not in {name} word for word"


def says_what_is_learned(step: Step) -> Iterator[str]:
    """Rule: one line says what the lesson has taught, with the field's word for it in bold."""
    lines = step.learned.splitlines()
    if len(lines) != 1 or len(lines[0]) > MAX_LEARNED_CHARS or "**" not in lines[0]:
        yield (
            f"learned.md is not one line of at most {MAX_LEARNED_CHARS} characters with the"
            " field's word in bold"
        )


def hints_end_in_code(step: Step) -> Iterator[str]:
    """Rule: there are enough hints, and the last shows code of the checkpoint (or, where the lesson
    asks for no code, commands of the lesson)."""
    path = step.folder / "hints.md"
    step_hints = hints.read(path)
    if len(step_hints) < MIN_HINTS:
        yield f"hints.md has {count(len(step_hints), 'hint')}, not at least {MIN_HINTS}"
        return
    last = step_hints[-1].blocks(path)
    code = [block for block in last if block.language in ("python", "console")]
    if not code:
        yield "the last hint shows no code"
    for block in code:
        if block.language == "console":
            yield from commands_are_known(block, step)
        elif not any(contains(text, block.text) for text in step.checkpoint().values()):
            yield f"the last hint shows code that no file of the checkpoint has:\n{block.text}"


def commands_are_known(block: Block, step: Step) -> Iterator[str]:
    """Rule: the commands of a hint are those of the lesson, or how they begin."""
    known = [command.text for command in lesson_markdown.read(step.readme).commands()]
    for command in lesson_markdown.commands(block):
        if not any(text.startswith(command.text) for text in known):
            yield f"the last hint has a command that the lesson doesn't have: {command.text}"


def services_are_the_same(step: Step) -> Iterator[str]:
    """Rule: `services/` has the code of this checkpoint, byte for byte."""
    for name, text in step.checkpoint().items():
        path = ROOT / "services" / name
        if not path.is_file() or path.read_text("utf-8") != text:
            yield f"services/{name} is not the same as {step.slug}/{name}"


def linters_agree(course: Course) -> Iterator[str]:
    """Rule: ruff has nothing to say about the course's code, nor about its layout."""
    for arguments in (["check", "--quiet"], ["format", "--check", "--quiet"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, str(course.folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            yield f"ruff {arguments[0]}: {(done.stdout + done.stderr).strip()}"


def contains(text: str, excerpt: str) -> bool:
    """Return whether `excerpt` is in `text`: its lines in one piece, indented alike. A line `…` in
    it stands for any number of lines."""
    lines = text.splitlines()
    start = 0
    for piece in pieces(dedent(excerpt).splitlines()):
        while start + len(piece) <= len(lines):
            if dedent("\n".join(lines[start : start + len(piece)])).splitlines() == piece:
                break
            start += 1
        else:
            return False
        start += len(piece)
    return True


def pieces(lines: Sequence[str]) -> Iterator[list[str]]:
    """Yield what is between the lines `…`, each piece without common indentation."""
    piece: list[str] = []
    for line in [*lines, ELLIPSIS]:
        if line.strip() != ELLIPSIS:
            piece.append(line)
        elif piece:
            yield dedent("\n".join(piece)).splitlines()
            piece = []
