"""A folder with the app's code, as far as a check looks at it: to say where something is.

Checks judge what the code does, never how it is written. This is for the help in their messages.
"""

from __future__ import annotations

import hashlib
import linecache
import re
import symtable
import tokenize
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from token import NAME, NEWLINE, OP, STRING

from tutor.failure import CheckFailed
from tutor.paths import ROOT
from tutor.sandbox.thread_dump import Frame

SERVICES = ("web.py", "taster.py")
"""The files that are run. All others are modules that these import from."""

Named = tuple[str, int]
"""A name, and the line that has it."""


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
        by its path (`/pair/beer`, the function that answers it).

        It may be in a module that `file` imports from. Just the file if it isn't found.
        """
        return self._found(_definitions, what, file)

    def use(self, name: str, file: str = "web.py") -> str:
        """Return where `name` is used, `patch` for example, in the same form as `place`."""
        return self._found(_uses, name, file)

    def source(self, log_line: str) -> str:
        """Return where the function or block is that a line of timing.log names, in the same form
        as `place`; "" if it names none.

        If several files have one, the line's own service (`web`, `taster`) decides.
        """
        words = set(re.findall(r"[\w.]+", log_line))
        files = sorted(self.files(), key=lambda path: path.stem not in words)
        found = (
            f"{self.name_of(path.name)}:{line}"
            for path in files
            for name, line in (*_definitions(path), *_strings(path))
            if name in words
        )
        return next(found, "")

    def _found(self, list_names: Callable[[Path], Iterator[Named]], what: str, file: str) -> str:
        """Return the first place of `what` in `file`, else in a module of the folder that is no
        service of its own; else just `file`, or web.py if there is no such file."""
        helpers = [path.name for path in self.files() if path.name not in (file, *SERVICES)]
        for name in (file, *helpers) if what else ():
            for named, line in list_names(self.folder / name):
                if named == what:
                    return f"{self.name_of(name)}:{line}"
        return self.name_of(file if (self.folder / file).exists() else SERVICES[0])

    def hanging(self, expected: str, frame: Frame, when: str) -> CheckFailed:
        """Return what to say of code that is still at `frame`; `when` says since when."""
        name = Path(frame.file).name
        is_outside = frame.function == "<module>"
        where = "outside of any function" if is_outside else f"in `{frame.function}`"
        linecache.checkcache(frame.file)  # it may have been saved since
        line = linecache.getline(frame.file, frame.line).strip()
        seen = f"the code hangs: {when} it is still {where}, at the line below"
        return CheckFailed(expected, seen, f"{self.name_of(name)}:{frame.line}", detail=line)

    def must_compile(self, script: str = "") -> None:
        """Check that all files are valid Python; with `script` (`web.py`), only that one and those
        that it may import from.

        Raises `CheckFailed`, with the file, the line and its text, if one is not, or can't be read.
        """
        others = [name for name in SERVICES if name != script] if script else []
        for path in self.files():
            if path.name in others:
                continue
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


def _definitions(path: Path) -> Iterator[Named]:
    """Yield the functions and classes of a file by their names, and by the routes in their
    decorators, such as `@app.get("/beers")`."""
    routes: list[str] = []
    for statement in _statements(path):
        words = [token.string for token in statement]
        if words[0] == "@":
            routes += [
                token.string[1:-1]
                for opening, token in pairwise(statement)
                if opening.string == "(" and token.type == STRING
            ]
            continue
        if words[0] in ("def", "class"):
            for name in (*words[1:2], *routes):
                yield name, statement[0].start[0]
        routes = []


def _uses(path: Path) -> Iterator[Named]:
    """Yield the names that a file uses; to import one is no use."""
    for statement in _statements(path):
        if statement[0].string not in ("import", "from"):
            yield from ((token.string, token.start[0]) for token in statement if token.type == NAME)


def _strings(path: Path) -> Iterator[Named]:
    """Yield the texts in a file, without their quotes."""
    for statement in _statements(path):
        yield from (
            (token.string[1:-1], token.start[0]) for token in statement if token.type == STRING
        )


def _statements(path: Path) -> Iterator[list[tokenize.TokenInfo]]:
    """Yield the names, strings and operators of each logical line of a file; none if it is not
    valid Python."""
    try:
        with tokenize.open(path) as file:
            tokens = list(tokenize.generate_tokens(file.readline))
    except (OSError, SyntaxError, UnicodeDecodeError, tokenize.TokenError):
        return
    statement = []
    for token in tokens:
        if token.type in (NAME, STRING, OP):
            statement.append(token)
        elif token.type == NEWLINE and statement:
            yield statement
            statement = []
