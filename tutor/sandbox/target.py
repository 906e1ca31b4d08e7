"""What a check is pointed at: where the app and the collector answer, and where its files are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tutor.errors import NotReadyError
from tutor.ports import LOOPBACK
from tutor.sandbox.reload_state import state_file
from tutor.supervisor import client
from tutor.supervisor.client import address
from tutor.supervisor.plan import DEFAULT_PORTS
from tutor.supervisor.state import StackState

MINE = "mine/"
"""What the learner's app is called."""


@dataclass(frozen=True)
class Target:
    """A running app. `code` is the folder it runs from, `logs` the one it writes timing.log to;
    `name` is what a person calls it, `mine/` or `steps/04-correlation-id`. The rest are addresses:
    of its services, of the collector and the UI, and of the Redis that it uses ("" if unknown).
    `printed` are the files that its services print to, by their names (none if unknown)."""

    name: str
    code: Path
    logs: Path
    web: str
    taster: str
    collector: str
    ui: str
    redis: str = ""
    printed: Mapping[str, Path] = field(default_factory=dict)


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
    urls = {name: address(name) for name in ("web", "taster", "collector", "ui")}
    return Target(
        name=MINE,
        code=folder,
        logs=folder,
        redis=_redis_url(running),
        printed={member.name: Path(member.log) for member in running.processes} if running else {},
        **urls,
    )


def _redis_url(running: StackState | None) -> str:
    """Return the address of the stack's own Redis, else of the one that it was given."""
    own = running.url("redis") if running else None
    return own or os.environ.get("REDIS_URL") or f"redis://{LOOPBACK}:{DEFAULT_PORTS['redis']}/0"
