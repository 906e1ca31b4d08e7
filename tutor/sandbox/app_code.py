"""A folder with the app's code, as far as a check looks at it: to say where something is.

Checks judge what the code does, never how it is written. This is for the help in their messages.
"""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

from tutor.failure import CheckFailed
from tutor.paths import ROOT


class Code:
    """The code in `folder`: `web.py`, `taster.py` and whatever they import from beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> list[Path]:
        """The Python files, in order of their names."""
        return sorted(self.folder.glob("*.py"))

    def digest(self) -> str:
        """A number that changes whenever the code does, in hex."""
        total = hashlib.sha256()
        for path in self.files():
            try:
                text = path.read_bytes()
            except FileNotFoundError:  # removed since it was listed
                continue
            total.update(f"{path.name} {len(text)} ".encode() + text)
        return total.hexdigest()[:16]

    def name_of(self, file: str) -> str:
        """How to name a file of this folder to a person, `mine/web.py`."""
        path = self.folder / file
        return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)

    def place(self, what: str = "", file: str = "web.py") -> str:
        """Where something is, `mine/web.py:41`: a function by its name, or a route by its path
        (`/pair/beer`, the function that answers it). Just the file where it can't be found."""
        line = _line_of(what, self.folder / file) if what else None
        return self.name_of(file) + (f":{line}" if line else "")

    def must_compile(self) -> None:
        """Raises `CheckFailed` with file, line and the line's text if a file is no valid Python."""
        for path in self.files():
            try:
                ast.parse(path.read_bytes(), str(path))
            except (SyntaxError, ValueError) as problem:
                raise _not_python(problem, self.name_of(path.name)) from None


def _not_python(problem: SyntaxError | ValueError, name: str) -> CheckFailed:
    if not isinstance(problem, SyntaxError) or problem.lineno is None:
        return CheckFailed("valid Python", str(problem), name)
    text = (problem.text or "").rstrip("\n")
    indent = len(text) - len(text.lstrip())
    pointer = " " * max((problem.offset or 1) - 1 - indent, 0) + "^"
    detail = f"{text.strip()}\n{pointer}" if text.strip() else ""
    kind = type(problem).__name__
    return CheckFailed(
        "valid Python", f"{kind}: {problem.msg}", f"{name}:{problem.lineno}", detail=detail
    )


def _line_of(what: str, path: Path) -> int | None:
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and (
            node.name == what or what in _routes(node)
        ):
            return node.lineno
    return None


def _routes(node: ast.FunctionDef | ast.ClassDef) -> list[object]:
    """The paths that a function's decorators, such as `@app.get("/beers")`, give it."""
    return [
        argument.value
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        for argument in decorator.args[:1]
        if isinstance(argument, ast.Constant)
    ]
