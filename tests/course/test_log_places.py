"""Where timing.log is, and how it is written, is up to the learner: what lesson 2 has accepted,
lesson 5 measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.course.variant import Replacement, Variant
from tutor.checks import PAIRING, Probe, runner
from tutor.cost.learner_copy import copy_of
from tutor.cost.measure import learners_log_bytes, request_log_bytes
from tutor.course.lessons import Course
from tutor.failure import CheckFailed
from tutor.sandbox import apps
from tutor.sandbox.temporary_stack import TemporaryStack, temporary_stack

COURSE = Course()
MEASURED_AT_A_TIME = 2
"""More would disturb each other: a check compares the times that it reads with its own."""

FOLDER = 'folder = Path(os.environ.get("LOG_DIR") or Path(__file__).parent)\n'
HANDLER = "log.addHandler(handler)\n"
QUEUED = """from logging.handlers import QueueHandler, QueueListener
from queue import SimpleQueue

lines = SimpleQueue()
QueueListener(lines, handler).start()
log.addHandler(QueueHandler(lines))
"""

PLACES: Mapping[str, Sequence[Replacement]] = {
    "in LOG_DIR": [],
    "beside the code": [(FOLDER, "folder = Path(__file__).parent\n")],
    "at an address of its own": [(FOLDER, 'folder = Path("MINE")\n')],
    "by another thread": [(HANDLER, QUEUED)],
    "after a headline": [(HANDLER, HANDLER + 'log.info("started " + "=" * 2000)\n')],
}


@pytest.fixture(scope="module")
def measured(
    warm_apps: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[tuple[int, int]]]]:
    """For each place, the bytes of log of a request: as measured in a copy, and in truth."""
    with temporary_stack(["redis"]) as stack, ThreadPoolExecutor(MEASURED_AT_A_TIME) as pool:
        yield {
            place: pool.submit(measure, place, stack, tmp_path_factory.mktemp("learner"))
            for place in PLACES
        }


def measure(place: str, stack: TemporaryStack, folder: Path) -> tuple[int, int]:
    mine = folder / "mine"
    mine.mkdir()
    Variant(4, place, {"timing.py": PLACES[place]}).write(mine, COURSE)
    timing = mine / "timing.py"
    timing.write_text(timing.read_text().replace("MINE", str(mine)))
    copy = copy_of(mine, stack.new_folder(folder.name))
    with stack.run(copy.app) as target:
        in_copy = request_log_bytes(target, copy.logs)
    with stack.run(replace(apps.mine(mine), reloads=False)) as app:
        result = runner.check(COURSE.step(2), lambda: app, COURSE)
        assert result.passed, f"{result.expected} | {result.seen} | {result.problem}"
        probe = Probe(app, COURSE)
        lines = probe.log_lines(since=probe.get(PAIRING))
    return in_copy, sum(len(line) + 1 for line in lines)


@pytest.mark.parametrize("place", PLACES)
def test_a_log_that_a_check_has_accepted_is_measured(
    measured: Mapping[str, Future[tuple[int, int]]], place: str
) -> None:
    in_copy, in_truth = measured[place].result()
    assert in_truth
    assert in_copy == pytest.approx(in_truth, rel=0.1)


def test_where_the_code_hangs_is_told_by_what_measures_it(
    warm_apps: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutor.cost.measure.HANG_S", 0.2)
    mine = tmp_path / "mine"
    mine.mkdir()
    monkeypatch.setenv("MINE_DIR", str(mine))
    begins = ('    name = errors.required("name")\n', "    threading.Event().wait()\n")
    hangs = {"web.py": [begins, ("import os\n", "import os\nimport threading\n")]}
    Variant(4, "hangs", hangs).write(mine, COURSE)
    with temporary_stack(["redis"]) as stack:
        copy = copy_of(mine, stack.new_folder("copy"))
        with stack.run(copy.app) as target, pytest.raises(CheckFailed) as failed:
            learners_log_bytes(target, copy)
    assert failed.value.seen.startswith("the code hangs: after 0.2 s it is still in `pair`")
    assert failed.value.look.startswith(f"{mine}/web.py:")
