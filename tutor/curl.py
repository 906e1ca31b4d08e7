"""`curl`, with which the lessons make requests."""

from __future__ import annotations

import shutil

MISSING = (
    "the lessons make requests with curl, which is not installed. Install it (`sudo apt install"
    " curl`), or type `./workshop get /beers` where a lesson says `curl localhost:5000/beers`."
)
"""What to tell somebody who does not have it."""


def is_installed() -> bool:
    """Return whether `curl` can be typed."""
    return shutil.which("curl") is not None
