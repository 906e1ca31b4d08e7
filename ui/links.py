"""Addresses inside the UI."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import request

from ui.scope import Scope


def link(path: str, **query: object) -> str:
    """Return an address in the UI: empty values are left out, lists repeated, and the presentation
    mode of the current page is kept."""
    parameters = {name: value for name, value in query.items() if value}
    if request.args.get("present") == "1":
        parameters["present"] = 1
    return f"{path}?{urlencode(parameters, doseq=True)}" if parameters else path


def link_with(changes: Mapping[str, str]) -> str:
    """Return the address of the current page with other values of some parameters, from the start
    of its list."""
    parameters: dict[str, object] = {**request.args.to_dict(flat=False), **changes}
    parameters.pop("cursor", None)
    return link(request.path, **parameters)


def link_here(scope: Scope, fragment: str, **changes: str) -> str:
    """Return the address of the current screen about `scope`, with other settings."""
    return link(request.path, **{**scope.parameters, **changes}) + f"#{fragment}"
