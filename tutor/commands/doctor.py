"""Check that this machine has what the workshop needs.

It runs before anything is installed, and says what to do about what is missing.

examples:
  ./workshop doctor
"""

# Standard library only, for the same reason.

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tutor import curl, install
from tutor.errors import Exit
from tutor.paths import ROOT, data_dir
from tutor.ports import LOOPBACK, holder, is_free
from tutor.redis_server import NoRedisError, find_redis_server, has_wheel
from tutor.supervisor.service import redis_answers
from tutor.terminal import paint

MEMORY_NEEDED_MB = 600
"""The whole stack stays below 400 MB, and Locust takes about 100 more."""

MAX_CLOCK_DRIFT_MS = 20
"""How far the wall clock and the monotonic clock may drift apart in a tenth of a second."""

START = "only `docker compose up` needs it: start Docker Desktop, or `sudo systemctl start docker`"

MARKS = {"good": ("✓", "green"), "optional": ("–", "yellow"), "bad": ("✗", "red")}


@dataclass(frozen=True)
class Finding:
    """The result of one check. `status` is `good`, `optional` (missing, but the workshop runs
    without it) or `bad`; `fix` is what to do about it, "" if nothing."""

    what: str
    status: str
    seen: str
    fix: str = ""


def add_arguments(parser: ArgumentParser) -> None:
    """Add nothing: this command has no arguments."""


def run(arguments: Namespace) -> int:
    findings = []
    for check in CHECKS:
        finding = check()
        findings.append(finding.status)
        mark, colour = MARKS[finding.status]
        print(f"{paint(mark, colour)} {finding.what:<9} {finding.seen}")
        if finding.fix:
            print(f"  {'':<9} → {finding.fix}")
        sys.stdout.flush()
    if "optional" in findings:
        print("\nLines marked – can stay as they are: the workshop runs without.")
    if bad := findings.count("bad"):
        print(f"\nFix the {'line' if bad == 1 else f'{bad} lines'} marked ✗ first.")
        return Exit.NOT_READY
    print("\nEverything that is needed is here. Next: ./workshop demo")
    return Exit.GOOD


def python() -> Finding:
    """Check that this Python can make a virtual environment."""
    seen = f"{platform.python_version()} ({sys.executable})"
    if not all(importlib.util.find_spec(name) for name in ("ensurepip", "venv")):
        fix = "it can't make a virtual environment: sudo apt install python3-venv"
        return Finding("Python", "bad", seen, fix)
    return Finding("Python", "good", seen)


def packages() -> Finding:
    """Check that the packages are installed, as the locks say."""
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
    """Check that the repository and the data folder can be written to."""
    target = data_dir() if data_dir().exists() else data_dir().parent
    for path in (ROOT, target):
        if not os.access(path, os.W_OK):
            return Finding("Folder", "bad", f"{path} is read-only", "copy the repository elsewhere")
    return Finding("Folder", "good", f"{ROOT} is writable")


def disk() -> Finding:
    """Check that there is room for the packages and some traces."""
    free = shutil.disk_usage(ROOT).free
    seen = f"{free / 1e9:.1f} GB free" if free >= 1e9 else f"{free / 1e6:.0f} MB free"
    if free < install.DISK_NEEDED_BYTES:
        need = install.DISK_NEEDED_BYTES // install.MEGABYTE
        return Finding("Disk", "bad", seen, f"packages and traces need {need} MB: free some space")
    return Finding("Disk", "good", seen)


def memory() -> Finding:
    """Check that there is memory for the stack and its load."""
    available = available_memory_mb()
    if available is None:
        return Finding("Memory", "optional", "unknown: this system does not say")
    seen = f"{available:,} MB available"
    if available < MEMORY_NEEDED_MB:
        fix = f"the stack and its load need {MEMORY_NEEDED_MB} MB: close some programs"
        return Finding("Memory", "bad", seen, fix)
    return Finding("Memory", "good", seen)


def available_memory_mb() -> int | None:
    """Return the megabytes that programs can still use, or None if the system does not say
    (macOS)."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    kilobytes = next(line.split()[1] for line in lines if line.startswith("MemAvailable"))
    return int(kilobytes) // 1000


def ports() -> Finding:
    """Check whether the usual ports are free."""
    from tutor.supervisor.plan import DEFAULT_PORTS

    taken = {name: port for name, port in DEFAULT_PORTS.items() if not is_free(port)}
    own = ports_of_the_stack()
    if taken and own.issuperset(taken.values()):
        return Finding("Ports", "good", "in use by the workshop itself, which is running")
    taken = {name: port for name, port in taken.items() if port not in own}
    if not taken:
        return Finding("Ports", "good", f"{', '.join(map(str, DEFAULT_PORTS.values()))} are free")
    seen = "; ".join(f"{port} ({name}) is held by {holder(port)}" for name, port in taken.items())
    return Finding("Ports", "optional", seen, "no need to act: the next free ports will be used")


def ports_of_the_stack() -> set[int]:
    """Return the ports of the stack that is running, if one is."""
    try:
        from tutor.supervisor import client
    except ImportError:  # nothing is installed yet, so nothing is running
        return set()
    running = client.current() or client.abandoned()
    return {urlsplit(member.url).port or 0 for member in running.processes} if running else set()


def redis() -> Finding:
    """Check that there is a Redis server, or will be."""
    from tutor.supervisor.plan import DEFAULT_PORTS

    if address := os.environ.get("REDIS_URL"):
        seen = f"REDIS_URL={address}"
        parts = urlsplit(address)
        if redis_answers(parts.hostname or LOOPBACK, parts.port or DEFAULT_PORTS["redis"]):
            return Finding("Redis", "good", seen)
        fix = "start it, or unset REDIS_URL: then the workshop runs one of its own"
        return Finding("Redis", "bad", f"{seen} does not answer", fix)
    try:
        return Finding("Redis", "good", str(find_redis_server()))
    except NoRedisError as problem:
        if has_wheel() and not install.is_current(install.REDIS_LOCK):
            return Finding("Redis", "good", "comes with the packages")
        return Finding("Redis", "bad", "not found", str(problem))


def curl_command() -> Finding:
    """Check for `curl`, with which the lessons make requests."""
    if path := shutil.which("curl"):
        return Finding("curl", "good", path)
    return Finding("curl", "optional", "not found", curl.MISSING)


def chromium() -> Finding:
    """Check for the browser that some tests use."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return Finding("Chromium", "good", path)
    return Finding(
        "Chromium",
        "optional",
        "not found",
        "only the browser tests need it: sudo apt install chromium",
    )


def docker() -> Finding:
    """Check for Docker with Compose, and that its engine answers."""
    fix = "only `docker compose up` needs it: https://docs.docker.com/engine/install/"
    if not shutil.which("docker"):
        return Finding("Docker", "optional", "not found", fix)
    for compose in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(compose[0]) and (version := output(*compose, "version", "--short")):
            if output("docker", "info"):
                return Finding("Docker", "good", f"engine answers, Compose {version}")
            return Finding("Docker", "optional", "installed, but not running", START)
    return Finding("Docker", "optional", "installed, but without Compose", fix)


def clock() -> Finding:
    """Check that the wall clock (which says when a span began) and the monotonic clock (which says
    how long it took) run at the same pace, and that the date is not before the newest file here."""
    wall, monotonic = time.time(), time.monotonic()
    time.sleep(0.1)
    drift_ms = abs((time.time() - wall) - (time.monotonic() - monotonic)) * 1000
    newest = max(path.stat().st_mtime for path in ROOT.glob("*.lock"))
    now = time.strftime("%Y-%m-%d %H:%M:%S")
    if time.time() < newest - 86400:
        seen = f"{now} is earlier than the files here"
        fix = "set the clock: traces would be dated wrongly"
        return Finding("Clock", "bad", seen, fix)
    if drift_ms > MAX_CLOCK_DRIFT_MS:
        seen = f"it moved by {drift_ms:.0f} ms in a tenth of a second"
        fix = "traces may look out of order while the clock is being adjusted"
        return Finding("Clock", "optional", seen, fix)
    return Finding("Clock", "good", f"{now}, steady")


def output(*command: str) -> str:
    """Return what `command` printed if it succeeded within 10 s, else ""."""
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
    curl_command,
    chromium,
    docker,
    clock,
]
