"""Lesson 17's check, on variants of its checkpoint and of the policies, each with a collector of
its own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from tests.course.variant import Variant
from tutor.checks import runner
from tutor.checks.runner import Result
from tutor.course.lessons import Course
from tutor.sandbox import apps
from tutor.sandbox.temporary_stack import temporary_stack

COURSE = Course()
STEP = COURSE.step(17)
CONCURRENT = 3

Policies = list[dict[str, object]]

RULES = 'sampling=[{"resource": "GET /pair/*"}, {"rate": 0.1}]'
SAMPLE: Policies = [{"keep": "sample", "rate": 0.1}]
LESSON: Policies = [{"keep": "error"}, {"keep": "slow"}, {"keep": "rare"}, *SAMPLE]
EVERYTHING: Policies = [{"keep": "sample", "rate": 1}]


class Try(NamedTuple):
    """A variant of the code, with the policies that the collector has, and what the check must say
    about them."""

    what: str
    sampling: str = RULES
    policies: Policies | None = LESSON
    wrong: str = ""

    def __str__(self) -> str:
        return f"{'wrong' if self.wrong else 'right'}: {self.what}"


TRIES = [
    Try("as it is"),
    Try(
        "other rules and policies",
        'sampling=[{"service": "web", "resource": "GET /*r/beer", "rate": 1},'
        ' {"resource": "*", "rate": 0.1}]',
        [
            {"keep": "search", "query": "span.duration:>100ms error:1", "name": "failed"},
            {"keep": "sample", "rate": 0.2, "resource": "GET /pair/*"},
        ],
    ),
    Try("one rate for all", "sampling=0.1", wrong="every pairing to be sampled"),
    Try("each span for itself", 'sampling="unitary:0.3"', wrong="about one in ten"),
    Try("no rule for the others", "sampling=1", wrong="about one in ten of the requests"),
    Try("nothing at the tail", policies=None, wrong="tail sampling is off"),
    Try("errors are dropped", policies=SAMPLE, wrong="every trace with a failed span"),
    Try("all is kept", policies=EVERYTHING, wrong="most of the quick pairings"),
]


def result_of(attempt: Try, folder: Path) -> Result:
    """Return what the check says about a try, whose code is run from `folder`."""
    Variant(17, attempt.what, {"web.py": [(RULES, attempt.sampling)]}).write(folder, COURSE)
    app = replace(apps.mine(folder), reloads=False)
    with temporary_stack(["collector", "redis"]) as stack, stack.run(app) as target:
        if attempt.policies:
            policies = {"wait_s": 1, "policies": attempt.policies}
            address = f"{target.collector}/sampling/policies"
            requests.put(address, json=policies, timeout=5).raise_for_status()
        return runner.check(STEP, lambda: target, COURSE)


@pytest.fixture(scope="module")
def results(
    warm_apps: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Result]]]:
    with ThreadPoolExecutor(CONCURRENT) as pool:
        yield {
            attempt.what: pool.submit(result_of, attempt, tmp_path_factory.mktemp("mine"))
            for attempt in TRIES
        }


@pytest.mark.parametrize("attempt", TRIES, ids=str)
def test_it_does_not_matter_how_but_what_is_kept(
    attempt: Try, results: dict[str, Future[Result]]
) -> None:
    result = results[attempt.what].result()
    text = " | ".join((result.expected, result.seen, result.detail, result.problem))
    assert result.outcome == ("failed" if attempt.wrong else "passed"), text
    assert attempt.wrong in text
