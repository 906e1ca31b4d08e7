"""Where things are: the repository, the learner's folder, and the data written at run time."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


def data_dir() -> Path:
    """Return the folder for databases, logs and the stack's state: `DATA_DIR`, else `data/`."""
    return Path(os.environ.get("DATA_DIR") or ROOT / "data").resolve()


def mine_dir() -> Path:
    """Return the learner's folder: `MINE_DIR` if set, else `mine/`."""
    return Path(os.environ.get("MINE_DIR") or ROOT / "mine").resolve()


def log_dir() -> Path:
    """Return the folder with one log file for each process."""
    return data_dir() / "logs"


def state_file() -> Path:
    """Return the file that says what is running, so that another terminal can find it."""
    return data_dir() / "stack.json"
