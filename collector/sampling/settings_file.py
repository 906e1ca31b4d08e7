"""Files of settings that pages change: written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_settings(file: Path, content: bytes) -> None:
    """Replace a file, so that a crash leaves the old or the new one and no half of either.

    Raises `OSError` if it cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    with new.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    new.replace(file)
