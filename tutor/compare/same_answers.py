"""The proof that answers are the same: a fixed list of requests, asked of every checkpoint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

from tutor import http
from tutor.sandbox.checkpoints import RunningCheckpoint

PATIENCE = 60.0
"""Seconds for one answer: the frozen donut is slow on purpose."""

MAY_DIFFER = ("untasted",)
"""What of an answer tells how patient the app was, and so is not compared."""

FIXED = (
    "/beers",
    "/donuts",
    "/menu",
    "/beers/water",
    "/donuts/bagel",
    "/beers/water/reviews",
    "/pair/beer",
    "/pair/beer?name=water",
)

Answers = dict[str, str]
"""Canonical answers by path: status and JSON, keys in order."""


def answers(checkpoints: Sequence[RunningCheckpoint]) -> dict[str, Answers]:
    """What each checkpoint (by version) answers to the list now.

    Raises `NotReadyError` if one does not answer.
    """
    paths = probes(checkpoints[0].target.web)
    with ThreadPoolExecutor(len(checkpoints)) as pool:
        asked = pool.map(lambda each: _answers(each.target.web, paths), checkpoints)
        return {each.version: found for each, found in zip(checkpoints, asked, strict=True)}


def probes(web: str) -> list[str]:
    """The list: all that is fixed, and every beer and donut with what belongs to it."""
    beers = [quote(each["name"]) for each in http.get(f"{web}/beers").json()["beers"]]
    donuts = [quote(each["name"]) for each in http.get(f"{web}/donuts").json()["donuts"]]
    return [
        *FIXED,
        *(f"/pair/beer?name={beer}" for beer in beers),
        *(f"/beers/{beer}" for beer in beers),
        *(f"/beers/{beer}/reviews" for beer in beers),
        *(f"/donuts/{donut}" for donut in donuts),
    ]


def differences(before: Answers, after: Answers) -> list[str]:
    """The paths that are answered otherwise than before; saying more than before is allowed."""
    return [
        f"{path}: {_excerpt(before[path])} became {_excerpt(after[path])}"
        for path in before
        if not _says(after[path], before[path])
    ]


def canonical(status: int, body: bytes) -> str:
    """An answer in the one form in which equal answers are equal."""
    try:
        said = json.loads(body)
    except ValueError:
        said = body.decode("utf-8", "replace")
    if isinstance(said, dict):
        said = {key: value for key, value in said.items() if key not in MAY_DIFFER}
    return json.dumps([status, said], sort_keys=True, ensure_ascii=False)


def _answers(web: str, paths: Sequence[str]) -> Answers:
    found = {}
    for path in paths:
        answer = http.get(web + path, timeout=PATIENCE, headers=http.UNSAMPLED)
        found[path] = canonical(answer.status, answer.body)
    return found


def _says(after: str, before: str) -> bool:
    if after == before:
        return True
    (status, said), (was, had) = json.loads(after), json.loads(before)
    return status == was and _contains(said, had)


def _contains(more: Any, less: Any) -> bool:
    """Whether a body has all that another has at its top, and perhaps more keys."""
    if not isinstance(more, dict) or not isinstance(less, dict):
        return False
    return all(key in more and more[key] == value for key, value in less.items())


def _excerpt(answer: str) -> str:
    return answer if len(answer) <= 120 else f"{answer[:119]}…"
