"""Form fields that hold several texts at once, as a JSON list: `["web", "GET /pair/beer"]`."""

from __future__ import annotations

import json


def texts_from_form(field: str, count: int) -> tuple[str, ...] | None:
    """Return the `count` texts in a field; None if it holds something else."""
    try:
        texts = json.loads(field)
    except (ValueError, RecursionError):
        return None
    return tuple(map(str, texts)) if isinstance(texts, list) and len(texts) == count else None
