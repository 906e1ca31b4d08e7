"""The proof that answers are the same: a fixed list of requests, made to every checkpoint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

from tutor import http
from tutor.sandbox.checkpoints import RunningCheckpoint

TIMEOUT_S = 60.0
"""How long one answer may take: the frozen donut is slow on purpose."""

IGNORED_KEYS = ("untasted",)
"""Keys of an answer that are not compared, because they depend on the app's timeouts."""

FIXED_PATHS = (
    "/beers",
    "/donuts",
    "/menu",
    "/beers/water",
    "/donuts/bagel",
    "/beers/water/reviews",
    "/pair/beer",
    "/pair/beer?name=water",
)
"""Paths that exist, or are wrong, whatever beers and donuts there are."""

Answers = dict[str, str]
"""Canonical answers (see `canonical`), by path."""


def answers(checkpoints: Sequence[RunningCheckpoint]) -> dict[str, Answers]:
    """Return each checkpoint's answers to the list, by version.

    Raises `NotReadyError` if one does not answer.
    """
    paths = all_paths(checkpoints[0].target.web)
    with ThreadPoolExecutor(len(checkpoints)) as pool:
        results = pool.map(lambda checkpoint: _answers(checkpoint.target.web, paths), checkpoints)
        return {
            checkpoint.version: result
            for checkpoint, result in zip(checkpoints, results, strict=True)
        }


def all_paths(web: str) -> list[str]:
    """Return the list: the fixed paths, and those of every beer and donut."""
    beers = [quote(beer["name"]) for beer in http.get(f"{web}/beers").json()["beers"]]
    donuts = [quote(donut["name"]) for donut in http.get(f"{web}/donuts").json()["donuts"]]
    return [
        *FIXED_PATHS,
        *(f"/pair/beer?name={beer}" for beer in beers),
        *(f"/beers/{beer}" for beer in beers),
        *(f"/beers/{beer}/reviews" for beer in beers),
        *(f"/donuts/{donut}" for donut in donuts),
    ]


def differences(before: Answers, after: Answers) -> list[str]:
    """Return the paths whose answers differ, with both; an answer may say more than before."""
    return [
        f"{path}: {_excerpt(before[path])} became {_excerpt(after[path])}"
        for path in before
        if not _includes(after[path], before[path])
    ]


def canonical(status: int, body: bytes) -> str:
    """Return an answer in canonical form: status and body as JSON, with its keys in order."""
    try:
        value = json.loads(body)
    except ValueError:
        value = body.decode("utf-8", "replace")
    if isinstance(value, dict):
        value = {key: item for key, item in value.items() if key not in IGNORED_KEYS}
    return json.dumps([status, value], sort_keys=True, ensure_ascii=False)


def _answers(web: str, paths: Sequence[str]) -> Answers:
    answers = {}
    for path in paths:
        answer = http.get(web + path, timeout=TIMEOUT_S, headers=http.UNSAMPLED)
        answers[path] = canonical(answer.status, answer.body)
    return answers


def _includes(after: str, before: str) -> bool:
    """Return whether `after` has the same status and everything that `before` has."""
    if after == before:
        return True
    (status_after, body_after), (status_before, body_before) = json.loads(after), json.loads(before)
    return bool(status_after == status_before) and _has_all_keys(body_after, body_before)


def _has_all_keys(after: Any, before: Any) -> bool:
    """Return whether `after` has all top-level keys of `before` with equal values."""
    if not isinstance(after, dict) or not isinstance(before, dict):
        return False
    return all(key in after and after[key] == value for key, value in before.items())


def _excerpt(answer: str) -> str:
    return answer if len(answer) <= 120 else f"{answer[:119]}…"
