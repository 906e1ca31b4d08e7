"""The end of a session while the garbage collector is at work."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm.state import InstanceState

from services.models import Baker, db

END_SESSIONS = """
import gc
from flask import Flask
from sqlalchemy import insert, select
from services.models import Baker, db

app = Flask("beer")
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db.init_app(app)
with app.app_context():
    db.create_all()
    # Without objects: only 30 states are made while there is still room for more attributes.
    values = [{"name": f"baker {number}", "awake": True} for number in range(200)]
    db.session.execute(insert(Baker.__table__), values)
    db.session.commit()
    for allocations in range(0, 200, 20):
        gc.disable()
        for baker in db.session.scalars(select(Baker)):
            baker.itself = baker  # only the garbage collector can free it
        db.inspect(baker).insert_order = 1  # takes the last room
        del baker
        gc.set_threshold(gc.get_count()[0] + allocations)  # one of them in the midst of `remove`
        gc.enable()
        db.session.remove()
"""


@pytest.fixture
def bakers() -> Iterator[None]:
    """An app's context, and a database with three bakers."""
    app = Flask("beer")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(app)
    with app.app_context():
        db.create_all()
        db.session.add_all(Baker(name=name, awake=True) for name in ("Ada", "Bob", "Cleo"))
        db.session.commit()
        db.session.remove()
        yield
        db.engine.dispose()


def test_no_object_is_collected_while_its_session_ends(
    bakers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    detach = InstanceState._detach_states
    alive: list[bool] = []

    def collect_and_detach(states: Any, *arguments: Any, **options: Any) -> None:
        gc.collect()
        alive.extend(state.obj() is not None for state in states)
        detach(states, *arguments, **options)

    for baker in db.session.scalars(select(Baker)):
        baker.itself = baker  # type: ignore[attr-defined]
    del baker
    monkeypatch.setattr(InstanceState, "_detach_states", collect_and_detach)
    db.session.remove()
    assert alive == [True, True, True]


def test_objects_are_garbage_once_their_session_has_ended(bakers: None) -> None:
    states = [db.inspect(baker) for baker in db.session.scalars(select(Baker))]
    db.session.remove()
    gc.collect()
    assert [state.obj() for state in states] == [None, None, None]


def test_process_survives_garbage_collections_at_the_end_of_sessions() -> None:
    # In a process of its own: with Python 3.11 it may die of SIGSEGV.
    ended = subprocess.run(
        [sys.executable, "-c", END_SESSIONS], capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (0, "")
