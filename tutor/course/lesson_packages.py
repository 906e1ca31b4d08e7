"""The packages that a lesson needs beyond the workshop's own, in a folder for it alone.

    python -m tutor.course.lesson_packages steps/20-graduation     prints that folder

`requirements.lock` in the lesson's folder pins them with their hashes. They are installed once,
when the lesson is begun, and only the learner's services find them, on their PYTHONPATH: whatever
they pull in, the rest of the workshop runs on what it always ran on.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
import time
from pathlib import Path

from tutor import install as installation
from tutor.course.lessons import Step
from tutor.errors import NotReadyError
from tutor.paths import ROOT, VENV
from tutor.terminal import StatusLine

LOCK = "requirements.lock"


def folder(step: Step) -> Path | None:
    """Return where the packages of `step` are, or will be; None if it needs none."""
    lock = step.folder / LOCK
    if not lock.is_file():
        return None
    system = f"{sys.version_info[:2]} {sys.platform} {platform.machine()}"
    key = hashlib.sha256(lock.read_bytes() + system.encode()).hexdigest()[:12]
    return _parent() / f"{step.slug}-{key}"


def install(step: Step) -> bool:
    """Install the packages of `step`, if it needs any and they are not there, and show how far that
    is. Return whether that was so.

    Raises `NotReadyError` if that fails: the message says why, and what to do about it.
    """
    target = folder(step)
    if target is None or target.exists():
        return False
    status = StatusLine(every=5)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with installation.installation_lock(status, target.parent):
            if not target.exists():
                _install(step, target, status)
    except installation.InstallError as problem:
        status.end()
        raise NotReadyError(
            f"lesson {step.number} needs some packages of its own, and {problem}"
        ) from None
    except BaseException:
        status.end()
        raise
    return True


def _install(step: Step, target: Path, status: StatusLine) -> None:
    """Install into `target`, which is there as a whole or not at all."""
    started = time.monotonic()
    _remove_others(step, target)
    fresh = target.with_suffix(".new")
    lock = os.path.relpath(step.folder / LOCK, ROOT)
    installation.pip(
        "install",
        lock,
        status,
        f"--target={fresh}",
        python=Path(sys.executable),
        log=target.parent / "install.log",
    )
    fresh.rename(target)
    took = time.monotonic() - started
    status.end(f"Installed what lesson {step.number} needs in {took:.0f} s. Only this once.")


def _remove_others(step: Step, target: Path) -> None:
    """Remove what an interrupted installation has left, and what an older lock asked for."""
    for other in target.parent.glob(f"{step.slug}-*"):
        if other != target:
            shutil.rmtree(other, ignore_errors=True)


def _parent() -> Path:
    """Return the folder for all lessons' packages: they go with the Python that runs us. In Docker,
    where that is not `.venv`'s, all containers of the course share the repository's data/."""
    is_ours = VENV.exists() and VENV.samefile(sys.prefix)
    return (VENV if is_ours else ROOT / "data") / "lessons"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        if place := folder(Step(int(Path(name).name[:2]), Path(name).resolve())):
            print(place)
