"""Previous trace points, in-band: what has been executed travels with requests and answers.

Off by default. `TRACE_HISTORY=1` or `tracer.configure(history=True)` turns it on,
`TRACE_HISTORY=ask` for those requests only that ask for it. Then the header `x-trace-history` of a
request carries the spans that came before, that of the answer those that were executed below it,
and when the root ends, `tracer.history()` has the whole trace without a collector. What does not
fit is left out and counted. `docs/causality.md` says what that costs.

Read it in this order; no module imports a later one: `point`, `varints`, `wire`, `cutting`,
`header`, `forks`, `whole`, `chain`, `recording`, `setting`.
"""

from __future__ import annotations

from .forks import Fork
from .header import HEADER, WANT, Read, ignored, read, write
from .point import Point
from .recording import RecordedSegment, RecordedSpan, asked, latest
from .setting import OFF, Setting, setting_of
from .whole import History

__all__ = [
    "HEADER",
    "OFF",
    "WANT",
    "Fork",
    "History",
    "Point",
    "Read",
    "RecordedSegment",
    "RecordedSpan",
    "Setting",
    "asked",
    "ignored",
    "latest",
    "read",
    "setting_of",
    "write",
]
