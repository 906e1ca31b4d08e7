"""What `./workshop check` prints about a result."""

from __future__ import annotations

from collections.abc import Mapping

from tutor.checks.runner import Result
from tutor.course.lessons import Step
from tutor.course.render_markdown import render
from tutor.course.session import Session
from tutor.terminal import paint, printable


def result_lines(result: Result, step: Step, session: Session) -> list[str]:
    """Return the lines that say how the check ended, and what was expected and seen."""
    took = paint(f"({result.seconds:.1f} s)", "dim")
    name = f"Lesson {step}"
    if result.outcome == "passed":
        done = paint(f"✓ {name}: done", "green") + f" {took}"
        return [done, *labelled(result.notes), *learned(step)]
    if result.outcome == "not ready":
        return [paint(f"✗ {name}: can't be checked now", "yellow") + f": {result.problem}"]
    failure = {
        "expected": result.expected,
        "seen": result.seen,
        "look at": result.look,
        "trace": result.trace,
    }
    lines = [paint(f"✗ {name}: not yet", "red") + f" {took}"]
    lines += labelled(failure)
    lines += [f"  {'':<9} {line}" for line in result.detail.splitlines()]
    return lines + skipped_note(step, session)


def labelled(texts: Mapping[str, str]) -> list[str]:
    """Return a line for each text that is not empty, behind its label."""
    given = {label: printable(text) for label, text in texts.items() if text}
    return [f"  {paint(f'{label:<9}', 'dim')} {text}" for label, text in given.items()]


def learned(step: Step) -> list[str]:
    """Return a line about what the lesson has taught; none where nothing says it."""
    label = paint(f"{'learned':<9}", "dim")
    return [f"  {label} {line}" for line in render(step.learned)]


def skipped_note(step: Step, session: Session) -> list[str]:
    """Return a line that names the lessons before `step` that are not done; none if all are."""
    numbers = [skipped.number for skipped in session.progress.skipped(step)]
    if not numbers:
        return []
    which = "lesson" if len(numbers) == 1 else "lessons"
    verb, it = ("is", "it") if len(numbers) == 1 else ("are", "them")
    return [
        f"  {'note':<9} {which} {joined(numbers)} {verb} not done yet, and this one builds on {it}."
        f" Start with ./workshop lesson {numbers[0]}, or put mine/ where this lesson begins:"
        f" ./workshop reset {step.number}"
    ]


def joined(numbers: list[int]) -> str:
    """Return `2`, `2 and 3`, or `2, 3 and 5`."""
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}" if first else last


def next_command(result: Result, step: Step, session: Session) -> str:
    """Return a line with the command to type next; "" if there is nothing to suggest."""
    if result.passed:
        following = session.course.after(step)
        if following is None:
            return "That was the last lesson. Look at everything you've built: ./workshop open"
        return f"Next: {paint('./workshop lesson', 'cyan')}  ({following.title})"
    if result.outcome == "failed":
        return f"Help: {paint(f'./workshop hint {step.number}', 'cyan')}"
    return ""
