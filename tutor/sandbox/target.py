"""What a check is pointed at: where the app and the collector answer, and where its files are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tutor.errors import NotReadyError
from tutor.paths import data_dir, mine_dir
from tutor.ports import LOOPBACK
from tutor.sandbox.app_code import AppCode
from tutor.sandbox.reload_state import state_file, wait_for_last_save
from tutor.supervisor import client
from tutor.supervisor.app import MINE
from tutor.supervisor.own_stack import address, own_address
from tutor.supervisor.plan import DEFAULT_PORTS
from tutor.supervisor.state import StackState
from tutor.terminal import StatusLine

DATABASE = "beer.db"
"""The file of web's database, in the folder for data, unless DATABASE_URL names another one."""


@dataclass(frozen=True)
class Target:
    """A running app. `code` is the folder it runs from, `logs` the one it writes timing.log to;
    `name` is what a person calls it, `mine/` or `steps/04-correlation-id`. The rest are addresses:
    of its services, of the collector and the UI, and of the Redis that it uses ("" if unknown).
    `printed` are the files that its services print to, by their names (none if unknown), and
    `database` is the SQLite file that web has (None if it is elsewhere)."""

    name: str
    code: Path
    logs: Path
    web: str
    taster: str
    collector: str
    ui: str
    redis: str = ""
    printed: Mapping[str, Path] = field(default_factory=dict)
    database: Path | None = None


def learner_target(folder: Path) -> Target:
    """Return the learner's app, in `folder`, as it is running now.

    Raises `NotReadyError` if it is not running.
    """
    client.tell_if_abandoned()
    running = client.current() or client.abandoned()
    if running and running.code != MINE:
        raise NotReadyError(
            f"the app that is running is {running.code}, not your code."
            " Run yours: ./workshop up --mine"
        )
    if not running and not os.environ.get("WEB_URL"):  # in Docker that says where the app is
        raise NotReadyError("your app is not running. Start it: ./workshop up --mine")
    if not running and not state_file(folder, "web").exists():
        raise NotReadyError("your app is not running. Start it: STEP=mine docker compose up -d")
    wait_for_restart()
    urls = {name: own_address(name) for name in ("web", "taster", "collector")}
    redis = _redis_url(running)
    return Target(
        name=MINE,
        code=folder,
        logs=folder,
        redis=redis,
        ui=address("ui"),
        printed={member.name: Path(member.log) for member in running.processes} if running else {},
        database=_own_database(running) if running else None,
        **urls,
    )


def wait_for_restart() -> None:
    """If the learner's app is running, wait until it is the code that was saved last, and say so.

    Raises `NotReadyError` if it takes too long.
    """
    running = client.current() or client.abandoned()
    if running.code == MINE if running else os.environ.get("WEB_URL"):
        line = StatusLine()
        try:
            wait_for_last_save(
                AppCode(mine_dir()), lambda: line.show("Saved: waiting for your app to restart …")
            )
        finally:
            line.end()


def _own_database(running: StackState) -> Path | None:
    """Return the file of web's database; None if it has another one, or nobody can say: who started
    the stack may have had another DATABASE_URL than we have."""
    import psutil

    web = next((member.process for member in running.processes if member.name == "web"), None)
    try:
        is_own = web and not psutil.Process(web.pid).environ().get("DATABASE_URL")
    except psutil.Error:
        return None
    return data_dir() / DATABASE if is_own else None


def _redis_url(running: StackState | None) -> str:
    """Return the address of the stack's own Redis, else of the one that it was given."""
    own = running.url("redis") if running else None
    return own or os.environ.get("REDIS_URL") or f"redis://{LOOPBACK}:{DEFAULT_PORTS['redis']}/0"
