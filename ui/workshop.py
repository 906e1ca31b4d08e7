"""Whether this UI belongs to a workshop, with a course and an app to load, or is on its own."""

from __future__ import annotations

from flask import current_app


def is_here() -> bool:
    """Return whether there is a workshop around this UI."""
    return bool(current_app.config["WORKSHOP"])
