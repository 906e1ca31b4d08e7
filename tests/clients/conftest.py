"""Real clients, each set in an environment of its own, and a collector to send to."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers import Server, running

LOCKS = Path(__file__).with_name("environments")
INSTALL_TIMEOUT_S = 110
WRONG_HASH = "DO NOT MATCH THE HASHES"
ClientEnvironment = Callable[[str], Path]


@pytest.fixture(scope="session")
def client_environment(pytestconfig: pytest.Config) -> ClientEnvironment:
    """A function that returns the Python of the environment with this name.

    What is in it says `environments/<name>.lock`. It is made once and kept beside pytest's cache;
    where its packages cannot be had, the test that asks for it is skipped.
    """
    assert pytestconfig.cache is not None
    folder = Path(pytestconfig.cache.mkdir("client-environments"))
    made: dict[str, Path | str] = {}

    def python_of(name: str) -> Path:
        if name not in made:
            made[name] = _environment(folder, LOCKS / f"{name}.lock")
        python = made[name]
        if isinstance(python, str):
            pytest.skip(f"the clients of {name}.lock cannot be installed: {python}")
        return python

    return python_of


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running collector with an empty store."""
    folder = str(tmp_path_factory.mktemp("data"))
    with running("-m", "collector", "--port", "0", "--data", folder) as server:
        yield server


@pytest.fixture(scope="module")
def open_collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running collector with an empty store and all its ports open, each on any that is free."""
    folder = str(tmp_path_factory.mktemp("data"))
    command = ("-m", "collector", "--port", "0", "--open", "any", "--data", folder)
    with running(*command) as server:
        yield server


def _environment(folder: Path, lock: Path) -> Path | str:
    """Return the Python of an environment with the packages of the lock, or why there is none."""
    key = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    home = folder / f"{lock.stem}-{key}"
    python, complete = home / "bin" / "python", home / "complete"
    with alone(folder / f"{home.name}.held"):
        if complete.exists():
            return python
        shutil.rmtree(home, ignore_errors=True)
        try:
            _run(sys.executable, "-m", "venv", "--without-pip", str(home))
            pip = (sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet")
            _run(*pip, "--no-compile", "--require-hashes", "-r", str(lock))
        except subprocess.CalledProcessError as failure:
            problem = str(failure.stderr).strip()
            if WRONG_HASH in problem:
                raise AssertionError(problem) from None
            return problem.rpartition("\n")[2]
        except subprocess.TimeoutExpired:
            return f"it took longer than {INSTALL_TIMEOUT_S} s"
        complete.touch()
    return python


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep the other processes of this test run out until the block ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
