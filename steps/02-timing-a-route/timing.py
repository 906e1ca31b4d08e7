"""timing: writes down how long a function takes, a line for each call, in timing.log."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from time import perf_counter
from typing import Any

folder = Path(os.environ.get("LOG_DIR") or Path(__file__).parent)
handler = logging.FileHandler(folder / "timing.log")
handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))

log = logging.getLogger("timing")
log.setLevel(logging.INFO)
log.addHandler(handler)


def timed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a function: each call is a line in the log, also one that fails."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        began = perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            milliseconds = (perf_counter() - began) * 1000
            log.info("%s took %.1f ms", function.__name__, milliseconds)

    return wrapper
