"""Checks judge what the code does: another way to solve a lesson passes, and a mistake is named."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import create_engine

from services import seed
from tests.course import (
    black_box_variants,
    causality_variants,
    cure_variants,
    later_variants,
    sharing_variants,
    timing_variants,
    tracing_variants,
)
from tests.course.variant import Variant
from tutor import checks, http
from tutor.checks import runner
from tutor.checks.baseline import Baseline
from tutor.checks.burst import BurstSpeedup, measure_burst_speedup
from tutor.checks.probe import Probe
from tutor.checks.runner import Result
from tutor.checks.speedup import PAIRINGS, Speedup, measure_speedup
from tutor.collector import Collector
from tutor.cost import record
from tutor.cost.record import Cost
from tutor.course.lessons import Course
from tutor.sandbox import apps
from tutor.sandbox.target import DATABASE, Target
from tutor.sandbox.temporary_stack import RunningApp, TemporaryStack, temporary_stack

VARIANTS = [
    *timing_variants.VARIANTS,
    *tracing_variants.VARIANTS,
    *cure_variants.VARIANTS,
    *sharing_variants.VARIANTS,
    *later_variants.VARIANTS,
    *causality_variants.VARIANTS,
    *black_box_variants.VARIANTS,
]
CONCURRENT_VARIANTS = 4
"""How many are tried at the same time: most of it is waiting."""

FIRST_WITH_OWN_REDIS = 14
"""From this lesson on an app writes to Redis or changes the database, and needs its own."""

COURSE = Course()


@pytest.fixture(scope="module")
def stack(warm_apps: None) -> Iterator[TemporaryStack]:
    """The stack that variants are tried on: a Redis, a collector and a database. That is filled
    once and copied, which is half of a warm start."""
    with temporary_stack() as made:
        engine = create_engine(f"sqlite:///{made.folder / DATABASE}")
        seed.fill(engine)
        engine.dispose()
        yield made


@pytest.fixture(scope="module")
def baselines(stack: TemporaryStack) -> Iterator[None]:
    """One baseline for all variants of a lesson, and one measurement at a time: starting a baseline
    for each variant would take longer than all the rest."""
    starting, measuring = threading.Lock(), threading.Lock()
    running: dict[int, RunningApp] = {}

    @contextmanager
    def shared(app: Probe, number: int) -> Iterator[Baseline]:
        step = COURSE.step(number)
        with starting:
            if number not in running:
                logs = stack.new_folder(f"baseline-{number}")
                running[number] = stack.start(apps.checkpoint(step, logs))
        yield Baseline(step, app, running[number])

    def one_by_one(app: Probe, before: Baseline, paths: Sequence[str] = PAIRINGS) -> Speedup:
        with measuring:
            return measure_speedup(app, before, paths)

    def one_burst_at_a_time(app: Probe, before: Baseline, enough: float) -> BurstSpeedup:
        with measuring:
            return measure_burst_speedup(app, before, enough)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(checks, "run_baseline", shared)
        patched.setattr(checks, "measure_burst_speedup", one_burst_at_a_time)
        patched.setattr(checks, "measure_speedup", one_by_one)
        yield


@pytest.fixture(scope="module")
def results(
    stack: TemporaryStack,
    baselines: None,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Mapping[Variant, Future[Result]]]:
    """What the checks say about all variants that this run selects."""
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    selected = [call.params["variant"] for call in calls if call and "variant" in call.params]
    with ThreadPoolExecutor(CONCURRENT_VARIANTS) as pool:
        yield {
            variant: pool.submit(try_variant, variant, stack, tmp_path_factory.mktemp("mine"))
            for variant in selected
        }


def try_variant(variant: Variant, stack: TemporaryStack, folder: Path) -> Result:
    """Run a variant from `folder` as a learner's code, and return what the lesson's check says."""
    variant.write(folder, COURSE)
    with ExitStack() as end:
        if variant.checked >= FIRST_WITH_OWN_REDIS:
            own = end.enter_context(temporary_stack(["redis"], stack.addresses))
            shutil.copy(stack.folder / DATABASE, own.folder)
            stack = own
        running = stack.start(replace(apps.mine(folder), reloads=not variant.starts))
        end.callback(running.stop)
        running.wait()
        step = COURSE.step(variant.checked)
        return runner.check(step, lambda: running.target, COURSE)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_check_judges_what_the_code_does(
    variant: Variant, results: Mapping[Variant, Future[Result]]
) -> None:
    result = results[variant].result()
    said = (result.expected, result.seen, result.look, result.detail, result.problem)
    text = " | ".join(said)
    if variant.wrong:
        assert result.outcome == "failed", text
        assert variant.wrong in text
    else:
        assert result.outcome == "passed", text


def test_lesson_1_wants_each_route_visited_by_the_learner(
    stack: TemporaryStack, tmp_path: Path
) -> None:
    routes = ["/beers", "/beers/double%20ipa", "/donuts", "/donuts/jelly", "/pair/beer?name=stout"]
    with stack.run(apps.checkpoint(COURSE.step(1), tmp_path)) as app:
        assert "you have visited nothing yet" in verdict(1, app)
        for route in routes:
            assert verdict(1, app)
            http.get(app.web + route)
        assert not verdict(1, app)


def test_a_check_leaves_nothing_in_a_learners_searches(
    stack: TemporaryStack, tmp_path: Path
) -> None:
    Variant(7, "as it is").write(tmp_path, COURSE)
    with stack.run(replace(apps.mine(tmp_path), reloads=False, version="of-a-learner")) as app:
        http.get(f"{app.web}/pair/beer?name=stout")
        http.put(f"{app.web}/dials", {"BAKERS_JOINED": 0})
        assert not verdict(7, app)

        def stored(query: str) -> int:
            found = Collector(app.collector).summary(f"version:of-a-learner {query}")
            return int(found["traces"])

        assert stored("beer.name:stout") == stored("") == 1
        assert stored("beer.name:stout synthetic:1") > 1
        assert stored("url.path:/ping OR url.path:/dials") == 0


def test_lesson_11_wants_load_and_predictions(stack: TemporaryStack, tmp_path: Path) -> None:
    Variant(11, "as it is").write(tmp_path, COURSE)
    with stack.run(replace(apps.mine(tmp_path), reloads=False)) as app:
        assert "traces of a load test, of 10 pairings or more | 0" in verdict(11, app)
        store_load(app, pairings=30, of_which_wait=0)
        assert "30 pairings, and nobody has waited" in verdict(11, app)
        store_load(app, pairings=1, of_which_wait=1)
        assert "12, 13 and 14 in" in verdict(11, app)
        (tmp_path / "predictions.txt").write_text("12: 2x\n13: soon\n14: 20x\n")
        assert "13: soon: 'soon' is neither two times nor a factor" in verdict(11, app)
        (tmp_path / "predictions.txt").write_text("12: 2x\n13: 300 ms -> 100 ms\n14: 20x\n")
        assert not verdict(11, app)


def store_load(app: Target, pairings: int, of_which_wait: int) -> None:
    """Give the collector traces like those of a load test."""
    now = time.time_ns()

    def span(trace: int, number: int, parent: int, service: str, name: str) -> dict[str, object]:
        ids = {"trace_id": trace, "span_id": number, "parent_id": parent}
        names = {"service": service, "name": name, "resource": name, "type": ""}
        return {**ids, **names, "start": now + number, "duration": 1_000_000, "error": 0}

    traces = []
    for trace in random.sample(range(1, 1 << 62), pairings):
        traces.append([span(trace, 1, 0, "locust", "locust.request")])
        traces[-1] += [span(trace, 2, 1, "web", "match")]
        if len(traces) <= of_which_wait:
            traces[-1] += [span(trace, 3, 2, "db", "db.pool.wait")]
    assert http.put(f"{app.collector}/v0.4/traces", traces).status == 200


@pytest.fixture
def measured(
    stack: TemporaryStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Target]:
    """The app of lesson 5, before anything was measured."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "mine"
    folder.mkdir()
    Variant(5, "as it is").write(folder, COURSE)
    with stack.run(replace(apps.mine(folder), reloads=False)) as app:
        yield app


def test_lesson_5_wants_the_figures_of_a_measurement(measured: Target) -> None:
    assert "no measurement" in verdict(5, measured)
    record.record(figures(measured), measured.code)
    assert not verdict(5, measured)
    text = measured.code / record.TEXT
    text.write_text(f"What I think of it: fair.\n{text.read_text()}")
    assert not verdict(5, measured)


def test_lesson_5_wants_the_figures_of_this_code(measured: Target) -> None:
    real = figures(measured)
    record.record(real, measured.code)
    text = measured.code / record.TEXT
    text.write_text(text.read_text().replace(" 0.30 ms", " 0.10 ms"))
    assert "what was measured last" in verdict(5, measured)
    text.unlink()
    assert "but no mine/cost.txt" in verdict(5, measured).replace(f"{measured.code}/", "mine/")
    record.record(structs.replace(real, lines=real.lines + 1), measured.code)
    assert "of the code as it is now" in verdict(5, measured)
    record.record(structs.replace(real, log_bytes=real.log_bytes * 2), measured.code)
    assert "bytes of log for a pairing" in verdict(5, measured)
    in_other_folder = int(real.log_bytes * 1.4)  # each line has the path of the program, say
    record.record(structs.replace(real, log_bytes=in_other_folder), measured.code)
    assert not verdict(5, measured)


def figures(app: Target) -> Cost:
    """Return what a measurement of the app of lesson 5 would find."""
    bytes_before = (app.logs / "timing.log").stat().st_size
    http.get(f"{app.web}/pair/beer?name=ipa")
    return Cost(
        when=1.0,
        requests=1000,
        visitor_ms=640.0,
        plain_ms=40.0,
        mine_ms=40.3,
        margin_ms=0.02,
        log_bytes=(app.logs / "timing.log").stat().st_size - bytes_before,
        lines=record.lines_added(COURSE.step(1).folder, app.code),
    )


def verdict(lesson: int, app: Target) -> str:
    """Return what the check of a lesson says; "" if it passes."""
    result = runner.check(COURSE.step(lesson), lambda: app, COURSE)
    assert result.outcome != "not ready", result.problem
    return "" if result.passed else f"{result.expected} | {result.seen}"
