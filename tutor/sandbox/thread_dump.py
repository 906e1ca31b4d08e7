"""What `faulthandler` says of a script's threads, read for the places in the learner's own code."""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from tutor.paths import ROOT
from tutor.sandbox import run_script

THREAD = re.compile(r"(?:Current thread|Thread) 0x")
FRAME = re.compile(r'  File "(.+)", line (\d+) in (.+)')

IMPORT = "<frozen importlib"
"""How the files of the frames begin that import a module."""

FLASK = "/flask/app.py"
"""The end of the file that every thread is in that answers a request."""


@dataclass(frozen=True)
class Frame:
    """A line of a function that was called and has not returned."""

    file: str
    line: int
    function: str


Stack = list[Frame]
"""The frames of a thread, the innermost first."""


def read(dump: str) -> Iterator[Stack]:
    """Yield the stack of each thread in a dump."""
    stack: Stack = []
    for line in [*dump.splitlines(), "Thread 0x"]:
        if THREAD.match(line):
            if stack:
                yield stack
            stack = []
        elif frame := FRAME.fullmatch(line):
            stack.append(Frame(frame[1], int(frame[2]), frame[3]))


def in_requests(dump: str, folder: Path) -> list[Frame]:
    """Return where the threads are in the code of `folder`, each place once: the likeliest first.

    A thread that is in the project's code, such as the palate's lock, waits there for another one;
    a thread that answers a request is likelier than one that works for it, or for nobody. The main
    thread, which serves, is left out.
    """
    stacks = [stack for stack in read(dump) if not _is_main(stack)]
    stacks.sort(key=lambda stack: (_waits(stack, folder), not _answers(stack)))
    places = (next((frame for frame in stack if _is_in(frame, folder)), None) for stack in stacks)
    return list(dict.fromkeys(frame for frame in places if frame))


def in_start(dump: str, folder: Path) -> Frame | None:
    """Return where the main thread is in the code of `folder`.

    None if it is busy with something else, however long that takes: importing a library, or
    filling the database.
    """
    for stack in filter(_is_main, read(dump)):
        for frame in stack:
            if _is_in(frame, folder):
                return frame
            if frame.file.startswith(IMPORT) or not _is_in_a_library(frame):
                return None
    return None


def _waits(stack: Sequence[Frame], folder: Path) -> bool:
    """Return whether the code of `folder` has called the project's, and that has not returned."""
    called = takewhile(lambda frame: not _is_in(frame, folder), stack)
    return not all(map(_is_in_a_library, called))


def _answers(stack: Sequence[Frame]) -> bool:
    return any(frame.file.endswith(FLASK) for frame in stack)


def _is_in(frame: Frame, folder: Path) -> bool:
    return frame.file.rpartition("/")[0] == _escaped(folder)


def _is_main(stack: Sequence[Frame]) -> bool:
    return stack[-1].file == _escaped(Path(run_script.__file__))


def _is_in_a_library(frame: Frame) -> bool:
    """Return whether a frame is neither in the learner's code nor in the project's."""
    libraries = _escaped(Path(sysconfig.get_path("purelib")))
    return frame.file.startswith(libraries) or not frame.file.startswith(f"{_escaped(ROOT)}/")


def _escaped(path: Path) -> str:
    """Return a path as `faulthandler` writes it: in ASCII."""
    return str(path).encode("ascii", "backslashreplace").decode()
