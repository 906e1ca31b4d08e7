"""A temporary stack needs nothing of the caller's, and touches nothing of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor import http
from tutor.course.lessons import Course
from tutor.sandbox import apps
from tutor.sandbox.temporary_stack import temporary_stack


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
