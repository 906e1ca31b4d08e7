"""Fields of forms that hold several texts at once, as a JSON list: `["web", "GET /pair/beer"]`."""

from __future__ import annotations

import json


def texts(field: str, count: int) -> tuple[str, ...] | None:
    """The `count` texts in a field; None if it holds something else."""
    try:
        found = json.loads(field)
    except (ValueError, RecursionError):
        return None
    return tuple(map(str, found)) if isinstance(found, list) and len(found) == count else None
