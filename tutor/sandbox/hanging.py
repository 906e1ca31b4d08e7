"""Naming the place at which the learner's code hangs, for every command that waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from tutor.failure import CheckFailed
from tutor.paths import mine_dir
from tutor.sandbox import whereabouts
from tutor.sandbox.app_code import AppCode

HANG_S = 10.0
"""The time after which a request that nothing else disturbs hangs. The slowest one of the course
takes four seconds, and some more on a machine that is busy with other things."""

MAX_FRAMES = 4
"""How many places are named at which the code hangs."""

SERVICES = ("taster", "web")
"""The taster is asked first: while it hangs, web waits for it."""


def hanging(
    expected: str,
    seconds: float,
    services: Sequence[str] = SERVICES,
    code: AppCode | None = None,
    folder: Path | None = None,
) -> CheckFailed | None:
    """Return what to say of learner's code that has not done in `seconds` what was `expected`, with
    the places where it is; None if nobody can say.

    `code` is what the message names, by default `mine/`, and `folder` has the copy of it that runs,
    if that is another one.
    """
    code = code or AppCode(mine_dir())
    frames = [frame for name in services for frame in whereabouts.ask(folder or code.folder, name)]
    if not frames:
        return None
    failure = code.hanging(expected, frames[0], f"after {seconds:g} s")
    for other in frames[1:MAX_FRAMES]:
        place = f"{code.name_of(Path(other.file).name)}:{other.line}"
        failure.detail += f"\nMeanwhile, `{other.function}` is at {place}."
    return failure


def in_words(failure: CheckFailed) -> str:
    """Return where code hangs, as a command says it that is no check."""
    return "\n    ".join([f"{failure.look}: {failure.seen}", *failure.detail.splitlines()])


@contextmanager
def told_if_it_hangs(tell: Callable[[str], None]) -> Iterator[None]:
    """Call `tell` with the place at which the learner's code is, from another thread, if the `with`
    block takes `HANG_S`; the block goes on."""

    def look() -> None:
        if failure := hanging("an answer", HANG_S):
            tell(in_words(failure))

    timer = Timer(HANG_S, look)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
