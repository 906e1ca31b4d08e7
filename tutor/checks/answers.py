"""The app's answers, which no lesson may change.

`steps/answers.json` holds what the uninstrumented app of lesson 1 answered. `./workshop
course-check --update` writes it by asking that app; `course-check` holds every checkpoint to it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tutor.checks.probe import Probe, Reply, error_message
from tutor.course.lessons import Course
from tutor.errors import NotReadyError
from tutor.failure import CheckFailed, expect

PAIRING = "/pair/beer?name=ipa"
UNKNOWN_BEER = "/pair/beer?name=water"
NO_NAME = "/pair/beer"

Answers = dict[str, dict[str, Any]]
"""`{path: {"status": 200, "body": …}}`"""


def answers_file(course: Course) -> Path:
    """Return the file that the answers are kept in."""
    return course.folder / "answers.json"


def read_recorded(course: Course) -> Answers:
    """Return the answers of lesson 1. Raises `NotReadyError` if they were never recorded."""
    try:
        answers: Answers = json.loads(answers_file(course).read_text("utf-8"))
    except FileNotFoundError:
        raise NotReadyError(
            f"{answers_file(course)} is missing. Record it: ./workshop course-check --update"
        ) from None
    return answers


def ask(app: Probe, paths: list[str]) -> Answers:
    """Return what the app answers to `paths` now."""
    replies = {path: app.get(path, status=None) for path in paths}
    return {path: {"status": reply.status, "body": reply.json()} for path, reply in replies.items()}


def record(course: Course, answers: Answers) -> None:
    """Keep `answers` as those of lesson 1."""
    text = json.dumps(answers, indent=1, ensure_ascii=False)
    answers_file(course).write_text(f"{text}\n", "utf-8")


def changed_answers(app: Probe, update: bool) -> list[str]:
    """Name what the app of lesson 1 answers differently than recorded, a sentence for each path.

    With `update`, what it answers now is recorded first.
    """
    if update:
        is_recorded = answers_file(app.course).exists()
        paths = read_recorded(app.course) if is_recorded else (PAIRING, UNKNOWN_BEER, NO_NAME)
        record(app.course, ask(app, list(paths)))
    recorded = read_recorded(app.course)
    now = ask(app, list(recorded))
    return [f"{path} answers {now[path]}" for path in recorded if now[path] != recorded[path]]


def same_answers(app: Probe, *paths: str) -> Reply:
    """Check that the app still answers as it did in lesson 1: to a known beer, an unknown one, and
    none (or to `paths`). An answer may say more than it did, never less.

    Returns the reply to the first path, the pairing. Raises `CheckFailed` if an answer differs.
    """
    recorded = read_recorded(app.course)
    replies = []
    for path in paths or (PAIRING, UNKNOWN_BEER, NO_NAME):
        reply = app.get(path, status=recorded[path]["status"])
        must_match_recorded(app, path, reply, recorded[path]["body"])
        replies.append(reply)
    return replies[0]


def must_match_recorded(app: Probe, path: str, reply: Reply, body: Any) -> None:
    """Check that `reply` has all of the recorded `body`. Raises `CheckFailed` if part of it is
    missing."""
    route = path.partition("?")[0]
    look = app.code.place(route)
    try:
        answered = reply.json()
    except ValueError:
        raise CheckFailed(
            f"the same answer to {path} as in lesson 1, in JSON", error_message(reply), look
        ) from None
    problem = first_difference(body, answered)
    expect(
        not problem,
        expected=f"the same answer to {path} as in lesson 1",
        seen=problem,
        look=look,
    )


def first_difference(recorded: Any, answered: Any, place: str = "the answer") -> str:
    """Say where `answered` first differs from `recorded`; "" if nowhere."""
    if isinstance(recorded, dict) and isinstance(answered, dict):
        for key, value in recorded.items():
            if key not in answered:
                return f"{place} has no {key!r}"
            if problem := first_difference(value, answered[key], f"{place}[{key!r}]"):
                return problem
        return ""
    if isinstance(recorded, list) and isinstance(answered, list):
        if len(recorded) != len(answered):
            return f"{place} has a list of {len(answered)}, not of {len(recorded)}"
        for index, (value, other) in enumerate(zip(recorded, answered, strict=True)):
            if problem := first_difference(value, other, f"{place}[{index}]"):
                return problem
        return ""
    return "" if recorded == answered else f"{place} is {answered!r}, not {recorded!r}"
