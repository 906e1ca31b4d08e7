"""Which Docker there is to test with, and how to build where containers reach no network."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import ROOT

OWNER = os.getuid() or 4321
"""The user whom the copied repository belongs to: some user who is not root."""

COPIED = ("docker-compose.yml", "docker-compose.open.yml", "Dockerfile", ".dockerignore")
COPIED += ("requirements.lock", "docker", "collector", "docs", "loadtest", "services", "steps")
COPIED += ("trace_viewer", "tracer", "tutor", "ui")

HOST_BUILD = """services:
  web: {build: {network: host}}
  taster: {build: {network: host}}
  collector: {build: {network: host}}
  collector-2: {build: {network: host}}
  ui: {build: {network: host}}
  tutor: {build: {network: host}}
  locust: {build: {network: host}}
  locust-worker: {build: {network: host}}
  viewer: {build: {network: host}}
"""
"""An override under which builds use this machine's network, for engines that have no other."""


def composes() -> Iterator[list[str]]:
    """The Compose commands on this machine: the plugin and the older program."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and _succeeds(*command, "version"):
            yield command


def why_not() -> str:
    """Why nothing can be started here, "" if it can."""
    if not shutil.which("docker"):
        return "docker is not installed"
    if not _succeeds("docker", "info"):
        return "no Docker engine answers (`docker info` fails)"
    if not list(composes()):
        return "neither `docker compose` nor `docker-compose` is installed"
    return ""


def need_docker() -> None:
    """Skip where there is no Docker, and say so; CI must have it."""
    reason = why_not()
    if reason and os.environ.get("CI"):
        pytest.fail(f"CI must test the containers, but {reason}")
    if reason:
        pytest.skip(f"the containers are not tested: {reason}")


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, timeout=30).returncode == 0


def copied(to: Path) -> Path:
    """A copy of what the containers need of the repository, which belongs to `OWNER`."""
    if to.exists():
        return to
    to.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, to)
    if os.getuid() == 0:
        for path in (to, *to.rglob("*")):
            os.chown(path, OWNER, OWNER)
    return to


@dataclass
class Project:
    """The project of docker-compose.yml under a name and on ports of its own."""

    compose: list[str]
    name: str
    env: dict[str, str]
    repository: Path = ROOT
    """The folder with docker-compose.yml, which the containers mount."""

    @classmethod
    def make(cls, compose: list[str], name: str, ports: dict[str, int], folder: Path) -> Project:
        """A project whose services are published on `ports` ({"WEB_PORT": 1234, …}).

        `COMPOSE_FILE` is honoured where it is set; else builds use this machine's network. The
        repository is a copy in `folder`, so that nobody's mine/ is touched; it is not root's.
        """
        env = {key: str(port) for key, port in ports.items()}
        if "COMPOSE_FILE" not in os.environ:
            override = folder / "host-build.yml"
            override.write_text(HOST_BUILD)
            env["COMPOSE_FILE"] = f"docker-compose.yml:{override}"
        return cls(compose, name, env, copied(folder / "repository"))

    def add_file(self, name: str) -> None:
        """Use another file of the repository on top of those in use."""
        files = self.env.get("COMPOSE_FILE") or os.environ["COMPOSE_FILE"]
        self.env["COMPOSE_FILE"] = f"{files}:{name}"

    def run(self, *arguments: str, timeout: float = 600) -> str:
        """The output of one Compose command; an `AssertionError` with all of it if it fails."""
        done = self.attempt(*arguments, timeout=timeout)
        assert done.returncode == 0, f"{arguments}: {done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def attempt(self, *arguments: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """One Compose command, which may fail."""
        return subprocess.run(
            [*self.compose, "-p", self.name, *arguments],
            cwd=self.repository,
            env={**os.environ, **self.env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def left(self) -> list[str]:
        """What of the project exists on the engine: containers, volumes and networks."""
        label = f"label=com.docker.compose.project={self.name}"
        found: list[str] = []
        for what in (["ps", "-a"], ["volume", "ls"], ["network", "ls"]):
            done = subprocess.run(
                ["docker", *what, "-q", "--filter", label], capture_output=True, check=True
            )
            found += done.stdout.decode().split()
        return found
