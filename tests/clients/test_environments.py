"""The environments of the clients that are not among the project's own packages."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.clients.conftest import LOCKS, ClientEnvironment

NAMES = sorted(lock.stem for lock in LOCKS.glob("*.lock"))


@pytest.mark.parametrize("name", NAMES)
def test_an_environment_has_what_it_was_asked_for(
    client_environment: ClientEnvironment, name: str
) -> None:
    lines = (LOCKS / f"{name}.txt").read_text().split()
    wanted = {re.split(r"[\[<=]", line)[0] for line in lines}
    code = "from importlib.metadata import distributions as d; print(*(x.name for x in d()))"
    done = subprocess.run(
        [client_environment(name), "-c", code], capture_output=True, text=True, check=True
    )
    assert wanted <= set(done.stdout.split())
