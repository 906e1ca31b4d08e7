"""Storing runs at a collector that answers a byte at a time: the load goes on."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.trickle import trickling

SCRIPT = """
import locust  # patches the standard library
from loadtest import run_store
run_store.TIMEOUT_S = 0.2
print(run_store.open_run({}), run_store.store(1, {}), run_store.deploys(1))
print(run_store.dials(run_store.COLLECTOR_URL))
"""


@pytest.mark.parametrize("head", ["", "HTTP/1.1 200 OK\r\n\r\n"])
def test_an_answer_that_trickles_is_not_waited_for(head: str) -> None:
    with trickling(head.encode()) as url:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "COLLECTOR_URL": url},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.stdout.split("\n") == ["0 False []", "{}", ""], done.stderr
