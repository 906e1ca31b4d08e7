"""The challenges: one for each sealed build."""

from __future__ import annotations

import importlib
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tutor.challenge import builds
from tutor.challenge.key import Key
from tutor.supervisor.app import App

BUILDS = Path(builds.__file__).parent

NUMBERS = range(1, 6)
"""The builds that there are."""


@dataclass(frozen=True)
class Challenge:
    """The challenge to understand build `number`."""

    number: int

    @cached_property
    def key(self) -> Key:
        """The complaint, the visits and the answer."""
        module = importlib.import_module(f"{builds.__name__}.build_{self.number}.key")
        key: Key = module.KEY
        return key

    @property
    def version(self) -> str:
        """The deploy that its traces name."""
        return f"challenge-{self.number}"

    def seal(self, folder: Path) -> App:
        """Copy its code into an empty folder; return it as an app that runs from there, so that
        neither its address nor an error that it records leads to its source."""
        for name in ("web.py", "taster.py"):
            own = BUILDS / f"build_{self.number}" / name
            shutil.copy(own if own.exists() else BUILDS / name, folder)
        return App(f"challenge {self.number}", folder, self.version)

    def __str__(self) -> str:
        return f"{self.number} {self.key.title}"


CHALLENGES = [Challenge(number) for number in NUMBERS]
