"""What a person is told about a check's result."""

from __future__ import annotations

from collections.abc import Mapping

from tutor.checks.runner import Result
from tutor.course.lessons import Step
from tutor.course.session import Desk
from tutor.terminal import paint


def lines(result: Result, step: Step, desk: Desk) -> list[str]:
    """The result in words, with what to do next."""
    took = paint(f"({result.seconds:.1f} s)", "dim")
    name = f"Lesson {step}"
    if result.outcome == "passed":
        done = paint(f"✓ {name}: done", "green") + f" {took}"
        return [done, *listing(result.notes)]
    if result.outcome == "not ready":
        return [paint(f"✗ {name}: can't be checked now", "yellow") + f": {result.problem}"]
    said = {
        "expected": result.expected,
        "seen": result.seen,
        "look at": result.look,
        "trace": result.trace,
    }
    told = [paint(f"✗ {name}: not yet", "red") + f" {took}"]
    told += listing(said)
    told += [f"  {'':<9} {line}" for line in result.detail.splitlines()]
    return told + skipped(step, desk)


def listing(said: Mapping[str, str]) -> list[str]:
    """What is said, each line behind its word."""
    return [f"  {paint(f'{key:<9}', 'dim')} {text}" for key, text in said.items() if text]


def skipped(step: Step, desk: Desk) -> list[str]:
    """A word on lessons that were left out, as this one builds on them."""
    numbers = [each.number for each in desk.progress.skipped(step)]
    if not numbers:
        return []
    which = f"lesson {numbers[0]} is" if len(numbers) == 1 else f"lessons {listed(numbers)} are"
    return [
        f"  {'note':<9} {which} not done, and this one builds on that."
        f" Begin there: ./workshop lesson {numbers[0]}; or start from here:"
        f" ./workshop reset {step.number}"
    ]


def listed(numbers: list[int]) -> str:
    """`2, 3 and 5`."""
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def advice(result: Result, step: Step, desk: Desk) -> str:
    """The command to type next."""
    if result.passed:
        after = desk.course.after(step)
        if after is None:
            return "That was the last lesson. Look at it all: ./workshop open"
        return f"Next: {paint('./workshop lesson', 'cyan')}  ({after.title})"
    if result.outcome == "failed":
        return f"Help: {paint(f'./workshop hint {step.number}', 'cyan')}"
    return ""
