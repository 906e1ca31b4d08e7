"""Scripts and styles, under an address that changes with their content, so that browsers keep
them."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, send_from_directory

STATIC = Path(__file__).parent / "static"
ONE_YEAR_S = 365 * 24 * 3600
FIRST_SHEETS = ("tokens", "base", "parts")
LAST_SHEETS = ("overrides",)
IMPORT = re.compile(r'^(?:import (?:.* from )?|\} from )"\./([\w-]+\.js)";$', re.MULTILINE)

blueprint = Blueprint("assets", __name__)


def version(folder: Path = STATIC) -> str:
    """Return a short hash of every file's name and content.

    Modules import each other by relative addresses, so one version in the path renews them all.
    """
    content = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content.update(str(file.relative_to(folder)).encode())
        content.update(file.read_bytes())
    return content.hexdigest()[:12]


VERSION = version()


@cache
def modules(entry: str) -> list[str]:
    """Return a module and all that it imports, so that a page can request them all at once."""
    names = [entry]
    for name in names:
        imported = IMPORT.findall((STATIC / "js" / name).read_text())
        names.extend(other for other in dict.fromkeys(imported) if other not in names)
    return names


@blueprint.get("/static/<version>/site.css")
def stylesheet(version: str) -> Response:
    """Return all style sheets as one, so that a page waits for a single file.

    All but the last are in a cascade layer, so that the last one overrides them.
    """
    sheets = {file.stem: file.read_text() for file in sorted((STATIC / "css").glob("*.css"))}
    middle = [name for name in sheets if name not in FIRST_SHEETS + LAST_SHEETS]
    layered = [sheets[name] for name in (*FIRST_SHEETS, *middle)]
    last = [sheets[name] for name in LAST_SHEETS]
    text = "\n".join(["@layer site {", *layered, "}", *last])
    response = Response(text, mimetype="text/css")
    response.cache_control.max_age = ONE_YEAR_S
    return response


@blueprint.get("/static/<version>/<path:name>")
def asset(version: str, name: str) -> Response:
    """Return one file, whatever the version, so that a page loaded before an update still works."""
    return send_from_directory(STATIC, name, max_age=ONE_YEAR_S)


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """Return the icon where browsers look for it by default."""
    return send_from_directory(STATIC, "icon.svg", max_age=3600)
