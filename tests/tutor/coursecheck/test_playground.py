"""What is typed in a playground."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tutor.coursecheck.playground import Playground


@pytest.fixture
def ground(tmp_path: Path) -> Playground:
    """A folder with a `./workshop` that says what it is called with."""
    workshop = tmp_path / "workshop"
    workshop.write_text('#!/bin/sh\necho "$SETTING" "$@" >>called\n')
    workshop.chmod(0o755)
    return Playground(tmp_path, threading.Event())


def test_a_stack_has_the_ports_of_the_playground(ground: Playground) -> None:
    ground.run("SETTING=http://localhost:8136 ./workshop up --mine")
    ground.run("./workshop upset")
    called, other = (ground.folder / "called").read_text().splitlines()
    setting, up, _, _, *ports = called.split()
    assert up == "up"
    assert "--mine" in ports
    assert f"--web-port {ground.ports['web']}" in called
    assert setting.startswith("http://localhost:")
    assert setting != "http://localhost:8136"
    assert other.split() == ["upset"]


def test_a_command_that_goes_on_ends_with_the_playground(ground: Playground) -> None:
    started, ended = ground.folder / "started", ground.folder / "ended"
    until_told = 'trap "touch ended; exit" TERM; touch started; while :; do sleep 0.1; done'
    ground.start(f"sh -c '{until_told}'")
    deadline = time.monotonic() + 20
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not ended.exists()
    ground.end()
    assert ended.exists()
    assert "down" in (ground.folder / "called").read_text()
