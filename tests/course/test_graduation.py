"""Lesson 20's check, on variants of its checkpoint: with real clients, and a second collector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.course.graduation_variants import VARIANTS
from tests.course.variant import Variant
from tutor.checks import runner
from tutor.checks.runner import Result
from tutor.course import lesson_packages
from tutor.course.lessons import Course
from tutor.errors import NotReadyError
from tutor.sandbox import apps
from tutor.sandbox.temporary_stack import TemporaryStack, temporary_stack

COURSE = Course()
STEP = COURSE.step(20)
CONCURRENT_VARIANTS = 3


@pytest.fixture(scope="module")
def stack(warm_apps: None) -> Iterator[TemporaryStack]:
    """A collector that forwards to a second one."""
    try:
        lesson_packages.install(STEP)
    except NotReadyError as problem:
        pytest.skip(str(problem))
    with temporary_stack(["collector"]) as far, pytest.MonkeyPatch.context() as patched:
        patched.setenv("COLLECTOR_FORWARD", f"otlp={far.addresses['collector']}")
        with temporary_stack(["collector"]) as made:
            yield made


@pytest.fixture(scope="module")
def results(
    stack: TemporaryStack,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Mapping[Variant, Future[Result]]]:
    """What the check says about all variants that this run selects."""
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    params = [call.params.get("graduate") for call in calls if call]
    with ThreadPoolExecutor(CONCURRENT_VARIANTS) as pool:
        yield {
            variant: pool.submit(try_variant, variant, stack, tmp_path_factory.mktemp("mine"))
            for variant in params
            if variant
        }


def try_variant(variant: Variant, stack: TemporaryStack, folder: Path) -> Result:
    """Run a variant from `folder` as a learner's code, and return what the check says."""
    variant.write(folder, COURSE)
    with (
        temporary_stack(["redis"], stack.addresses) as own,
        own.run(replace(apps.mine(folder), reloads=False)) as target,
    ):
        return runner.check(STEP, lambda: target, COURSE)


@pytest.mark.parametrize("graduate", VARIANTS, ids=str)
def test_it_does_not_matter_how_but_who_traces(
    graduate: Variant, results: Mapping[Variant, Future[Result]]
) -> None:
    result = results[graduate].result()
    said = (result.expected, result.seen, result.look, result.detail, result.problem)
    text = " | ".join(said)
    if graduate.wrong:
        assert result.outcome == "failed", text
        assert graduate.wrong in text
    else:
        assert result.outcome == "passed", text
        assert "all the same" in result.notes["forwarded"]
