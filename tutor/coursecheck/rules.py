"""The rules that a step must keep, as far as reading it tells: its code, its lesson, its hints.

Each rule is a function that yields what is wrong with a step, one sentence for each thing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

from tutor.course import hints, lesson_markdown
from tutor.course.lesson_markdown import Block, LessonError
from tutor.course.lessons import Course, Step
from tutor.coursecheck.edits import MINE, apply
from tutor.coursecheck.normalize import ELLIPSIS
from tutor.paths import ROOT

FINISHED = 10
"""The step that `services/` is the same as."""

FEWEST_HINTS = 3
LANGUAGES = ("console", "diff", "nginx", "python", "text")


def problems(step: Step, course: Course) -> Iterator[str]:
    """All that is wrong with `step`, as far as reading it tells."""
    try:
        yield from code_compiles(step)
        yield from blocks_are_known(step)
        yield from lesson_gives_checkpoint(step, course)
        yield from excerpts_are_true(step)
        yield from hints_end_in_code(step)
        if step.number == FINISHED:
            yield from services_are_the_same(step)
    except (LessonError, FileNotFoundError, UnicodeDecodeError) as problem:
        yield str(problem)


def code_compiles(step: Step) -> Iterator[str]:
    """The Python files compile without a warning."""
    for path in sorted(step.folder.glob("*.py")):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                compile(path.read_bytes(), str(path), "exec")
            except (SyntaxError, Warning) as problem:
                yield f"{path.name}: {problem}"


def blocks_are_known(step: Step) -> Iterator[str]:
    """Each fenced block is of a kind that is checked, or plain text."""
    for block in lesson_markdown.read(step.readme).blocks:
        if block.language not in LANGUAGES:
            kinds = ", ".join(LANGUAGES)
            yield f"line {block.line}: a block of {block.language or 'no language'}, not {kinds}"
        if block.language == "nginx":
            yield from nginx_accepts(block)


def left_out(steps: Sequence[Step]) -> Iterator[str]:
    """What can't be checked on this machine, a sentence for each."""
    if not shutil.which("nginx"):
        for step in steps:
            if any(block.language == "nginx" for block in lesson_markdown.read(step.readme).blocks):
                yield f"lesson {step}: its nginx configuration (nginx is not installed)"


def nginx_accepts(block: Block) -> Iterator[str]:
    """nginx, where it is installed, takes the block as part of its configuration."""
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
    """Who does what the lesson says to the checkpoint before has this checkpoint, byte for byte."""
    before = course.before(step)
    if before is None:
        return
    reached, wanted = (
        apply(lesson_markdown.read(step.readme), course.files(before)),
        course.files(step),
    )
    for name in sorted(reached.keys() | wanted.keys()):
        if name not in wanted:
            yield f"the lesson leaves {MINE}{name}, which the checkpoint has not"
        elif name not in reached:
            yield f"the lesson never makes {MINE}{name}"
        elif reached[name] != wanted[name]:
            yield f"{MINE}{name}, {first_difference(reached[name], wanted[name])}"


def first_difference(reached: str, wanted: str) -> str:
    """Where two texts begin to differ, in words."""
    one, other = (text.splitlines() for text in (reached, wanted))
    for number, (a, b) in enumerate(zip(one, other, strict=False), start=1):
        if a != b:
            return f"line {number}: the lesson gives {a!r}, the checkpoint has {b!r}"
    return f"the lesson gives {len(one)} lines, the checkpoint has {len(other)}"


def excerpts_are_true(step: Step) -> Iterator[str]:
    """What is there to be read stands in the file that is named, word for word."""
    for block in lesson_markdown.read(step.readme).blocks:
        if block.language != "python" or not block.is_reading:
            continue
        name = block.file or ""
        path = step.folder / name.removeprefix(MINE) if name.startswith(MINE) else ROOT / name
        if not path.is_file():
            yield f"line {block.line}: the line before this block must name a file that is there"
        elif not contains(path.read_text("utf-8"), block.text):
            yield f"line {block.line}: this is not in {name} word for word"


def hints_end_in_code(step: Step) -> Iterator[str]:
    """There are enough hints, and the last shows code of the checkpoint (or commands of the lesson,
    where it asks for no code)."""
    path = step.folder / "hints.md"
    ladder = hints.read(path)
    if len(ladder) < FEWEST_HINTS:
        yield f"hints.md has {len(ladder)} hints, not at least {FEWEST_HINTS}"
        return
    code = [block for block in ladder[-1].blocks(path) if block.language in ("python", "console")]
    if not code:
        yield "the last hint shows no code"
    for block in code:
        if block.language == "console":
            yield from strange_commands(block, step)
        elif not any(contains(text, block.text) for text in step.checkpoint().values()):
            yield f"the last hint shows code that no file of the checkpoint has:\n{block.text}"


def strange_commands(block: Block, step: Step) -> Iterator[str]:
    """The commands of a hint are those of the lesson, or how they begin."""
    typed = [command.text for command in lesson_markdown.read(step.readme).commands()]
    for command in lesson_markdown.commands(block):
        if not any(each.startswith(command.text) for each in typed):
            yield f"the last hint has a command that the lesson has not: {command.text}"


def services_are_the_same(step: Step) -> Iterator[str]:
    """`services/` has the code of this checkpoint, byte for byte."""
    for name, text in step.checkpoint().items():
        path = ROOT / "services" / name
        if not path.is_file() or path.read_text("utf-8") != text:
            yield f"services/{name} is not the same as {step.slug}/{name}"


def linters_agree(course: Course) -> Iterator[str]:
    """ruff has nothing to say about the course's code, nor about how it is laid out."""
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
    """Whether `excerpt` stands in `text`: its lines in one piece, indented alike. A line `…` in it
    stands for any lines."""
    lines = text.splitlines()
    at = 0
    for piece in pieces(dedent(excerpt).splitlines()):
        while at + len(piece) <= len(lines):
            if dedent("\n".join(lines[at : at + len(piece)])).splitlines() == piece:
                break
            at += 1
        else:
            return False
        at += len(piece)
    return True


def pieces(lines: Sequence[str]) -> Iterator[list[str]]:
    """What stands between the lines `…`, each piece without common indentation."""
    piece: list[str] = []
    for line in [*lines, ELLIPSIS]:
        if line.strip() != ELLIPSIS:
            piece.append(line)
        elif piece:
            yield dedent("\n".join(piece)).splitlines()
            piece = []
