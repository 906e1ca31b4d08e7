"""A stopwatch for functions: every call leaves a line in timing.log."""

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
    """Decorate a function: every call leaves a line in the log, even one that fails."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        began = perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            milliseconds = (perf_counter() - began) * 1000
            log.info("%s took %.1f ms", function.__name__, milliseconds)

    return wrapper
