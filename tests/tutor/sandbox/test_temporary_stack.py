"""A temporary stack needs nothing of the caller's, and touches nothing of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tutor import http
from tutor.course.lessons import Course
from tutor.errors import NotReadyError
from tutor.sandbox import apps
from tutor.sandbox.temporary_stack import temporary_stack
from tutor.supervisor.child import Child


def test_an_app_on_a_temporary_stack_has_its_own_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'mine.db'}")
    with (
        temporary_stack(["redis"]) as place,
        place.run(apps.checkpoint(Course().step(1), tmp_path)) as app,
    ):
        assert http.get(f"{app.web}/beers").status == 200
    assert not (tmp_path / "mine.db").exists()


def test_its_backing_services_are_looked_at_by_one_thread_at_a_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    looking: list[Sequence[Child]] = []
    most: list[int] = []

    def look(children: Sequence[Child]) -> None:
        looking.append(children)
        most.append(len(looking))
        time.sleep(0.02)
        looking.pop()
        raise NotReadyError("late")

    monkeypatch.setattr("tutor.sandbox.temporary_stack.wait_until_ready", look)
    app = apps.checkpoint(Course().step(1), tmp_path)
    with temporary_stack([]) as place, ThreadPoolExecutor(4) as pool:
        begun = [pool.submit(place.start, app) for _ in range(4)]
    assert [str(start.exception()) for start in begun] == ["late"] * 4
    assert most == [1, 1, 1, 1]
