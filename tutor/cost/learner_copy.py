"""A copy of the learner's app, to be measured without disturbing the one that runs."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tutor.sandbox import apps
from tutor.supervisor.app import App

NOT_COPIED = shutil.ignore_patterns("*.log", "*.log.*", "__pycache__", ".backup", ".*.running")


@dataclass(frozen=True)
class LearnerCopy:
    """The `app`, and the folders in which it may write its timing.log: its own, which LOG_DIR names
    and its code is in, or the learner's, if the code has that one's address."""

    app: App
    logs: Sequence[Path]


def copy_of(mine: Path, parent: Path) -> LearnerCopy:
    """Copy the learner's folder `mine` into the folder `parent`. It is run like the learner's
    own app, by a process that can say where the code hangs."""
    copy = parent / "mine"
    shutil.copytree(mine, copy, symlinks=True, ignore=NOT_COPIED)
    return LearnerCopy(apps.mine(copy), [copy, mine])
