"""The containers' health check, without containers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.servers import ROOT
from tests.tutor.supervisor.tiny_service import eventually, tiny_service
from tutor import child_process, http
from tutor.ports import answers

RESTART = ("echo", "restarted")
"""Here, in place of the signal that ends a container."""


@pytest.fixture
def service(tmp_path):
    made = tiny_service("collector")
    with child_process.running(made.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        eventually(lambda: answers(made.port))
        yield made


def ping(port: int, folder: Path, *command: str) -> tuple[int, str]:
    """Run the check once; its exit code and what it printed."""
    done = subprocess.run(
        ["bash", ROOT / "docker" / "ping.sh", *command],
        env={**os.environ, "PORT": str(port), "TMPDIR": str(folder), "PING_LOG": "/dev/stdout"},
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout


def test_a_service_that_is_well(service, tmp_path):
    assert ping(service.port, tmp_path, *RESTART) == (0, "")


def test_one_that_is_not_well_three_times_in_a_row_is_restarted(service, tmp_path):
    assert ping(service.port, tmp_path, *RESTART) == (0, "")
    http.get(f"{service.url}/sicken")
    assert ping(service.port, tmp_path, *RESTART) == (1, "")
    assert ping(service.port, tmp_path, *RESTART) == (1, "")
    code, printed = ping(service.port, tmp_path, *RESTART)
    assert code == 1
    assert "ping: not well three times in a row (HTTP/1.0 503" in printed
    assert printed.endswith("restarted\n")
    assert ping(service.port, tmp_path, *RESTART) == (1, ""), "it is given time to start"


def test_one_that_is_still_starting_is_not(free_port, tmp_path):
    assert {ping(free_port, tmp_path, *RESTART) for _ in range(5)} == {(1, "")}


def test_the_app_under_study_is_not(service, tmp_path):
    assert ping(service.port, tmp_path) == (0, "")
    http.get(f"{service.url}/sicken")
    assert {ping(service.port, tmp_path) for _ in range(5)} == {(1, "")}


def test_what_compose_restarts():
    text = (ROOT / "docker-compose.yml").read_text()
    checks = {
        block.split(":")[0]: "or-restart" in block
        for block in text.partition("\nservices:\n")[2].split("\n\n  ")
        if "healthcheck: *ping" in block
    }
    assert {name.strip(): ends for name, ends in checks.items()} == {
        "web": False,
        "taster": False,
        "collector": True,
        "ui": True,
        "balancer": False,
        "clickhouse": False,
    }
