"""Scripts and styles, under an address that changes with their content: kept for ever."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, send_from_directory

STATIC = Path(__file__).parent / "static"
FOR_EVER = 365 * 24 * 3600
FIRST = ("tokens", "base", "parts")
LAST = ("overrides",)
IMPORT = re.compile(r'^(?:import (?:.* from )?|\} from )"\./([\w-]+\.js)";$', re.MULTILINE)

blueprint = Blueprint("assets", __name__)


def version(folder: Path = STATIC) -> str:
    """A short hash of every file's name and content. Modules import each other by relative
    addresses, so that one version in the path renews them all."""
    content = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content.update(str(file.relative_to(folder)).encode())
        content.update(file.read_bytes())
    return content.hexdigest()[:12]


VERSION = version()


@cache
def modules(entry: str) -> list[str]:
    """The module and all that it imports, for a page to ask for at once, not one after another."""
    found = [entry]
    for name in found:
        imported = IMPORT.findall((STATIC / "js" / name).read_text())
        found.extend(other for other in dict.fromkeys(imported) if other not in found)
    return found


@blueprint.get("/static/<version>/site.css")
def stylesheet(version: str) -> Response:
    """All style sheets as one, so that a page waits for one file instead of nine.

    All but the last are in a cascade layer, so that the last one overrides them.
    """
    sheets = {file.stem: file.read_text() for file in sorted((STATIC / "css").glob("*.css"))}
    layered = (*FIRST, *(name for name in sheets if name not in FIRST + LAST))
    texts = ["@layer site {", *(sheets[name] for name in layered), "}"]
    text = "\n".join([*texts, *(sheets[name] for name in LAST)])
    response = Response(text, mimetype="text/css")
    response.cache_control.max_age = FOR_EVER
    return response


@blueprint.get("/static/<version>/<path:name>")
def asset(version: str, name: str) -> Response:
    """One file. An old version answers too: a page loaded before an update still works."""
    return send_from_directory(STATIC, name, max_age=FOR_EVER)


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """Where browsers look for an icon by themselves."""
    return send_from_directory(STATIC, "icon.svg", max_age=3600)
