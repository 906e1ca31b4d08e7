"""What hand-made instrumentation costs: the figures of `./workshop cost`, saved and loaded."""

from __future__ import annotations

import difflib
from pathlib import Path

import msgspec

from tutor import private_files
from tutor.paths import data_dir
from tutor.terminal import count

TEXT = "cost.txt"
"""The file in the learner's folder that has the figures in words."""

APP = ("web.py", "taster.py")
"""The business code. Instrumentation in a file of its own does not count: it does not leak in."""


class Cost(msgspec.Struct, frozen=True):
    """One measurement, of `requests` requests to each app.

    Times are medians, in milliseconds, with all deliberate waits turned off. `when` is in seconds
    since 1970.
    """

    when: float
    requests: int
    visitor_ms: float
    """The time of a request with the waits, as a visitor experiences it."""
    plain_ms: float
    mine_ms: float
    margin_ms: float
    """How far `added_ms` may be off, with 95 % confidence."""
    log_bytes: int
    """Bytes that one request adds to timing.log."""
    lines: int
    """Lines of `APP` that exist only for the instrumentation."""
    lesson: int = 1
    """The lesson whose app it was compared with."""

    @property
    def added_ms(self) -> float:
        """What the instrumentation adds to a request, in milliseconds."""
        return self.mine_ms - self.plain_ms

    @property
    def is_measurable(self) -> bool:
        """Whether `added_ms` is more than chance makes of nothing."""
        return self.added_ms > self.margin_ms

    def __str__(self) -> str:
        added_ms = self.added_ms if self.is_measurable else max(self.added_ms, 0) + self.margin_ms
        time = (
            f"{added_ms:.2f} ms more per request, give or take {self.margin_ms:.2f} ms"
            if self.is_measurable
            else f"too small to measure here: at most {added_ms:.2f} ms more per request"
        )
        return (
            f"time   {time}\n"
            f"       {100 * added_ms / self.plain_ms:.1f} % of the app's work"
            f" ({self.plain_ms:.1f} ms), {100 * added_ms / self.visitor_ms:.2f} % of a visitor's"
            f" wait ({self.visitor_ms:.0f} ms)\n"
            f"log    {count(self.log_bytes, 'byte')} per request\n"
            f"code   {count(self.lines, 'line')} of instrumentation in {' and '.join(APP)}\n"
            f"\n"
            f"Medians of {count(self.requests, 'request')} each to the app of lesson"
            f" {self.lesson} and to this one, in turns.\n"
        )


def file() -> Path:
    """Return the file with the last measurement."""
    return data_dir() / "course" / "cost.json"


def last_cost() -> Cost | None:
    """Return the last measurement, or None if there is none."""
    try:
        return msgspec.json.decode(file().read_bytes(), type=Cost)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def record(cost: Cost, folder: Path) -> None:
    """Save `cost` as the last measurement, and write it in words to `folder`/cost.txt."""
    private_files.make_folder(file().parent)
    private_files.write(file(), msgspec.json.format(msgspec.json.encode(cost)) + b"\n")
    (folder / TEXT).write_text(str(cost), "utf-8")


def lines_added(plain: Path, mine: Path) -> int:
    """Return how many lines `APP` has in `mine` that it does not have in `plain`; blank ones do not
    count.

    Lines that were only indented, by a `with` around them, do not count: they are still the same
    lines.
    """
    return sum(_lines_added(plain / name, mine / name) for name in APP)


def _lines_added(plain: Path, mine: Path) -> int:
    before, after = (
        [line.strip() for line in path.read_text("utf-8").splitlines()] for path in (plain, mine)
    )
    changes = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    added = [
        line for tag, _, _, start, end in changes if tag != "equal" for line in after[start:end]
    ]
    return sum(bool(line) for line in added)
