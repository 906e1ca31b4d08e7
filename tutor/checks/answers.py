"""The app's answers, which no lesson may change.

`steps/answers.json` holds what the uninstrumented app of lesson 1 answered. `./workshop
course-check --update` writes it by asking that app; `course-check` holds every checkpoint to it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tutor.checks.probe import Probe, Reply, error_of
from tutor.course.lessons import Course
from tutor.errors import NotReadyError
from tutor.failure import CheckFailed, expect

PAIRING = "/pair/beer?name=ipa"
UNKNOWN = "/pair/beer?name=water"
NAMELESS = "/pair/beer"

Answers = dict[str, dict[str, Any]]
"""`{path: {"status": 200, "body": …}}`"""


def file(course: Course) -> Path:
    """Where the answers are kept."""
    return course.folder / "answers.json"


def read(course: Course) -> Answers:
    """The answers of lesson 1. Raises `NotReadyError` if they were never recorded."""
    try:
        answers: Answers = json.loads(file(course).read_text("utf-8"))
    except FileNotFoundError:
        raise NotReadyError(
            f"{file(course)} is missing. Record it: ./workshop course-check --update"
        ) from None
    return answers


def ask(app: Probe, paths: list[str]) -> Answers:
    """What the app answers to `paths` now."""
    replies = {path: app.get(path, status=None) for path in paths}
    return {path: {"status": reply.status, "body": reply.json()} for path, reply in replies.items()}


def write(course: Course, answers: Answers) -> None:
    """Record `answers` as those of lesson 1."""
    text = json.dumps(answers, indent=1, ensure_ascii=False)
    file(course).write_text(f"{text}\n", "utf-8")


def differ(app: Probe, update: bool) -> list[str]:
    """What the app of lesson 1 answers otherwise than recorded; with `update` it is recorded."""
    if update:
        known = read(app.course) if file(app.course).exists() else (PAIRING, UNKNOWN, NAMELESS)
        write(app.course, ask(app, list(known)))
    recorded = read(app.course)
    now = ask(app, list(recorded))
    return [f"{path} answers {now[path]}" for path in recorded if now[path] != recorded[path]]


def same_answers(app: Probe, *paths: str) -> Reply:
    """What every check begins with: the app still answers as it did in lesson 1, to a known beer,
    an unknown one, and none (or to `paths`). An answer may say more than it did, never less.

    Returns the reply to the first of them, the pairing. Raises `CheckFailed` if one differs.
    """
    recorded = read(app.course)
    replies = []
    for path in paths or (PAIRING, UNKNOWN, NAMELESS):
        reply = app.get(path, status=recorded[path]["status"])
        must_be_as_recorded(app, path, reply, recorded[path]["body"])
        replies.append(reply)
    return replies[0]


def must_be_as_recorded(app: Probe, path: str, reply: Reply, body: Any) -> None:
    """Raises `CheckFailed` if `reply` lacks something of the recorded `body`."""
    route = path.partition("?")[0]
    look = app.code.place(route)
    try:
        answered = reply.json()
    except ValueError:
        raise CheckFailed(
            f"the same answer to {path} as in lesson 1, in JSON", error_of(reply), look
        ) from None
    missing = difference(body, answered)
    expect(
        not missing,
        expected=f"the same answer to {path} as in lesson 1",
        seen=missing,
        look=look,
    )


def difference(recorded: Any, answered: Any, place: str = "the answer") -> str:
    """The first thing in which `answered` differs from `recorded`, in words; "" if in nothing."""
    if isinstance(recorded, dict) and isinstance(answered, dict):
        for key, value in recorded.items():
            if key not in answered:
                return f"{place} has no {key!r}"
            if found := difference(value, answered[key], f"{place}[{key!r}]"):
                return found
        return ""
    if isinstance(recorded, list) and isinstance(answered, list):
        if len(recorded) != len(answered):
            return f"{place} has {len(answered)} entries, not {len(recorded)}"
        for index, (value, other) in enumerate(zip(recorded, answered, strict=True)):
            if found := difference(value, other, f"{place}[{index}]"):
                return found
        return ""
    return "" if recorded == answered else f"{place} is {answered!r}, not {recorded!r}"
