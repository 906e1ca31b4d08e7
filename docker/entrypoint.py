"""The entry point of all containers with Python but the collector's and Locust's: it chooses the
code and its user.

    entrypoint.py web           the app of the image, or the one that STEP names
    entrypoint.py ui            the UI of the image, which reads the repository's data/ and mine/
    entrypoint.py tutor check   ./workshop check

STEP is the number of a lesson, for its checkpoint, or `mine`. That code runs from the repository,
which is mounted at /workshop, and as the repository's owner, so that what it writes there belongs
to the learner. So does the UI, unless the owner is root: what is in data/ is for its owner only.
The container starts as root only to become that owner.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

REPOSITORY = Path("/workshop")
VOLUME = Path("/data")


def main(name: str, arguments: list[str]) -> NoReturn:
    """Become the program that the container is to run."""
    step = os.environ.get("STEP", "")
    if name == "tutor":
        become_owner()
        run("-m", "tutor", *arguments)
    if name == "ui":
        become_reader()
        run("-m", "ui")
    if not step:
        become_workshop()
        run(f"services/{name}.py")
    os.chdir(REPOSITORY)
    folder = Path("mine") if step == "mine" else checkpoint(step)
    become_owner()
    if step == "mine":
        wait_for(folder / f"{name}.py")
        os.environ |= {"VERSION": "mine", "LOG_DIR": str(folder.resolve())}
        find_packages(*sorted(Path("steps").glob("[0-9][0-9]-*")))
        run("-m", "tutor.sandbox.restart_on_save", f"{folder}/{name}.py")
    os.umask(0o077)  # as ./workshop up --step does, which has the logs in the same place
    logs = REPOSITORY / "data" / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    os.environ |= {"VERSION": f"step-{int(folder.name[:2])}", "LOG_DIR": str(logs)}
    find_packages(folder)
    run(f"{folder}/{name}.py")


def checkpoint(step: str) -> Path:
    """Return the folder of the lesson with that number; exit if there is none."""
    folders = {folder.name[:2]: folder for folder in sorted(Path("steps").glob("[0-9][0-9]-*"))}
    try:
        return folders[step.zfill(2)]
    except KeyError:
        sys.exit(f"STEP={step}: it must be one of {', '.join(folders)}, or mine for your own code")


def find_packages(*steps: Path) -> None:
    """Have the app find the packages that these lessons need beyond the image's, as soon as the
    tutor has installed them."""
    command = ["python", "-m", "tutor.course.lesson_packages", *map(str, steps)]
    folders = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    os.environ["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY), *folders.splitlines()])


def wait_for(script: Path) -> None:
    """Wait until the learner has started the course, which makes the script."""
    if not script.is_file():
        command = "docker compose run --rm tutor start"
        print(f"{script} is not there yet. Make it with: {command}", flush=True)
    while not script.is_file():
        time.sleep(0.5)


def become_owner() -> None:
    """Go to the repository and become its owner; leave no compiled files in it."""
    os.chdir(REPOSITORY)
    os.environ |= {"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"}
    owner = REPOSITORY.stat()
    become(owner.st_uid, owner.st_gid)


def become_reader() -> None:
    """Become the repository's owner, who may read what is in its data folder; never root."""
    owner = REPOSITORY.stat() if REPOSITORY.exists() else None
    if owner and owner.st_uid:
        become(owner.st_uid, owner.st_gid)
    else:
        become_workshop()


def become_workshop() -> None:
    """Become the user that the images are made for."""
    user = pwd.getpwnam("workshop")
    become(user.pw_uid, user.pw_gid)


def become(uid: int, gid: int) -> None:
    """Become that user, and hand over the volume: it may have belonged to another user."""
    for path in (VOLUME, *VOLUME.rglob("*")):
        os.chown(path, uid, gid)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def run(*command: str) -> NoReturn:
    """Become `python COMMAND`."""
    sys.stdout.flush()
    os.execvp("python", ["python", *command])  # noqa: S606 (no shell is the point)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
