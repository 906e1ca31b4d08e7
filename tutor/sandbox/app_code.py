"""A folder with the app's code, as far as a check looks at it: to say where something is.

Checks judge what the code does, never how it is written. This is for the help in their messages.
"""

from __future__ import annotations

import hashlib
import symtable
import tokenize
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from token import NAME, NEWLINE, OP, STRING

from tutor.failure import CheckFailed
from tutor.paths import ROOT


class AppCode:
    """The code in `folder`: `web.py`, `taster.py` and whatever they import from beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> list[Path]:
        """Return the Python files, in order of their names."""
        return sorted(self.folder.glob("*.py"))

    def digest(self) -> str:
        """Return a number that changes whenever the code does, in hex."""
        total = hashlib.sha256()
        for path in self.files():
            try:
                text = path.read_bytes()
            except OSError:  # removed since it was listed, or not for us to read
                continue
            total.update(f"{path.name} {len(text)} ".encode() + text)
        return total.hexdigest()[:16]

    def name_of(self, file: str) -> str:
        """Return what to call a file of this folder in a message, `mine/web.py`."""
        path = self.folder / file
        return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)

    def place(self, what: str = "", file: str = "web.py") -> str:
        """Return where something is, `mine/web.py:41`: a function or class by its name, or a route
        by its path (`/pair/beer`, the function that answers it). Just the file if it isn't found.
        """
        line = _line_of(what, self.folder / file) if what else None
        return self.name_of(file) + (f":{line}" if line else "")

    def must_compile(self) -> None:
        """Check that all files are valid Python.

        Raises `CheckFailed`, with the file, the line and its text, if one is not, or can't be read.
        """
        for path in self.files():
            try:
                # Not `ast.parse`: in Python 3.11 two threads that build trees disturb each other.
                symtable.symtable(path.read_bytes(), str(path), "exec")  # type: ignore[arg-type]
            except OSError as problem:
                seen = problem.strerror or str(problem)
                raise CheckFailed("a file to read", seen, self.name_of(path.name)) from None
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
    """Return the line of the function or class that is called `what`, or has a decorator with that
    route, such as `@app.get("/beers")`; None if there is none or the file is not valid Python."""
    try:
        with tokenize.open(path) as file:
            tokens = list(tokenize.generate_tokens(file.readline))
    except (OSError, SyntaxError, UnicodeDecodeError, tokenize.TokenError):
        return None
    routes: list[str] = []
    for statement in _statements(tokens):
        words = [token.string for token in statement]
        if words[0] == "@":
            routes += [
                token.string[1:-1]
                for opening, token in pairwise(statement)
                if opening.string == "(" and token.type == STRING
            ]
        else:
            if words[0] in ("def", "class") and (what in words[1:2] or what in routes):
                return statement[0].start[0]
            routes = []
    return None


def _statements(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[list[tokenize.TokenInfo]]:
    """Yield the names, strings and operators of each logical line."""
    statement = []
    for token in tokens:
        if token.type in (NAME, STRING, OP):
            statement.append(token)
        elif token.type == NEWLINE and statement:
            yield statement
            statement = []
