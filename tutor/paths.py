"""Where things are: the repository, and the folder that holds everything written at run time."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


def data_dir() -> Path:
    """The folder for databases, logs and the stack's state: `DATA_DIR` if set, else `data/`."""
    return Path(os.environ.get("DATA_DIR") or ROOT / "data").resolve()


def log_dir() -> Path:
    """The folder with one log file for each process."""
    return data_dir() / "logs"


def state_file() -> Path:
    """The file that says what is running, so that another terminal can find it."""
    return data_dir() / "stack.json"
