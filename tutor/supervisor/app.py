"""Which code runs as web and taster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tutor.paths import ROOT


@dataclass(frozen=True)
class App:
    """The code in `folder` (`web.py` and `taster.py`), which messages call `name`.

    `version` is the deploy that its traces name. `logs` is the folder for its timing.log and
    access.log (None: it writes neither). With `reloads` it restarts whenever a file changes.
    `packages` are folders with packages that only this app has.
    """

    name: str
    folder: Path
    version: str
    logs: Path | None = None
    reloads: bool = False
    packages: tuple[Path, ...] = ()

    def command(self, name: str) -> tuple[str, ...]:
        """Return Python's arguments to run `name` (`web` or `taster`)."""
        script = self.folder / f"{name}.py"
        if script.is_relative_to(ROOT):
            script = script.relative_to(ROOT)  # commands are run from there
        return (
            ("-m", "tutor.sandbox.restart_on_save", str(script)) if self.reloads else (str(script),)
        )


MINE = "mine/"
"""What the learner's app is called."""

FINISHED = App("services/", ROOT / "services", "step-10")
"""The app as it is after lesson 10."""
