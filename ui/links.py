"""Addresses inside the UI."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request


def link(path: str, **query: object) -> str:
    """An address in the UI: without empty values, lists repeated, for a room if this one is."""
    given = {name: value for name, value in query.items() if value}
    if request.args.get("present") == "1":
        given["present"] = 1
    return f"{path}?{urlencode(given, doseq=True)}" if given else path
