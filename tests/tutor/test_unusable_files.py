"""Folders that can't be written to, and a full disk: a sentence, a cure, and exit code 3."""

from __future__ import annotations

import ctypes
import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers import ROOT
from tests.tutor.conftest import FIRST
from tutor import cli
from tutor.errors import Exit
from tutor.file_errors import explain, must_take_files

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1

RUN_ALL = """
import contextlib, io, json, sys
from tutor import cli
results = []
for command in json.loads(sys.argv[1]):
    out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(command.split())
    out.seek(0), err.seek(0)
    results.append([command, code, err.read()])
print(json.dumps(results))
"""

WRITE_TO_DATA = ["up", "demo", "up --step 1"]
WRITE_TO_MINE = ["lesson", "hint", "solve 2 --yes", "reset 2 --yes"]
ONLY_READ = ["status", "diff 2", "lesson 1", "down"]


@pytest.fixture
def begun(learner):
    """The learner's folder, with the first checkpoint, and a data folder, both complete."""
    data = learner.parent / "data"
    (data / "logs").mkdir(parents=True)
    learner.mkdir()
    (learner / "web.py").write_text(FIRST)
    return learner


def run_all(commands: list[str], **limits: object) -> list[tuple[str, int, str]]:
    """Run the commands, all in one process, to which `limits` (options of Popen) apply."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", RUN_ALL, json.dumps(commands)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": ""},
        capture_output=True,
        text=True,
        timeout=60,
        **limits,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, done.stderr
    return [tuple(result) for result in json.loads(done.stdout)]


def obey_modes() -> None:
    """Give up root's right to write to any file, in the process to come (Linux)."""
    if os.getuid() == 0:
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make all of `folder` read-only for the `with` block."""
    paths = [folder, *folder.rglob("*")]
    modes = [path.stat().st_mode for path in paths]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield
    finally:
        for path, mode in zip(paths, modes, strict=True):
            path.chmod(mode)


def test_without_the_right_to_write(begun):
    with read_only(begun.parent):
        to_mine = [*WRITE_TO_MINE, "up --mine"]
        for command, code, printed in run_all(WRITE_TO_DATA + to_mine, preexec_fn=obey_modes):
            folder = begun if command in to_mine else begun.parent / "data"
            assert code == Exit.NOT_READY, (command, printed)
            assert re.search(rf"{folder}\S* can't be used: Permission denied\.", printed), command
            assert "Make it yours" in printed, command
            assert "Traceback" not in printed, command
        for command, code, printed in run_all(ONLY_READ, preexec_fn=obey_modes):
            assert code in (Exit.GOOD, Exit.NOT_READY), (command, printed)
            assert "Traceback" not in printed, command


def test_without_the_right_to_begin(learner):
    with read_only(learner.parent):
        ((_, code, printed),) = run_all(["start"], preexec_fn=obey_modes)
    assert code == Exit.NOT_READY
    assert f"{learner} can't be used: Permission denied." in printed


def test_a_full_disk(begun):
    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # nothing can be written to any file

    commands = WRITE_TO_DATA + WRITE_TO_MINE + ["up --mine"]
    for command, code, printed in run_all(commands, preexec_fn=no_room):
        assert code == Exit.NOT_READY, (command, printed)
        assert "File too large." in printed, command
        assert "Free some space there" in printed, command
        assert "Traceback" not in printed, command


def test_a_state_that_is_not_for_us_to_read(learner, capsys):
    (learner.parent / "data" / "stack.json").mkdir(parents=True)  # as unreadable as can be
    for command in ("status", "up", "down", "demo", "get /beers"):
        assert cli.main(command.split()) == Exit.NOT_READY
        printed = capsys.readouterr().err
        assert "stack.json can't be used: Is a directory." in printed
        assert "move it away" in printed


@pytest.mark.parametrize("stream", [">/dev/full", "2>/dev/full", ">&-", "2>&-", "<&-"])
def test_output_that_goes_nowhere(stream, learner):
    done = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m tutor status {stream}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == Exit.NOT_READY
    assert "Traceback" not in done.stdout + done.stderr
    assert "Exception" not in done.stdout + done.stderr


def test_a_folder_that_takes_files_is_left_as_it_was(tmp_path):
    must_take_files(tmp_path / "new" / "data")
    assert list((tmp_path / "new" / "data").iterdir()) == []


def test_the_folder_is_named_where_a_write_fails(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(OSError) as raised:  # noqa: PT011
        must_take_files(tmp_path / "data")
    assert explain(raised.value).startswith(f"{tmp_path / 'data'} can't be used: File exists.")
