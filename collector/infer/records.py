"""What a log or a flow record says happened: the one form that all readers give.

A record is less than a span. It has no parent, its times are as coarse as they were written, and
often it does not say who called. What it cannot say is empty, and never made up.
"""

from __future__ import annotations

from typing import NamedTuple


class Upstream(NamedTuple):
    """A server that was asked, as the one who asked it wrote down in the same line."""

    address: str
    """Its name, if that is known, or else its host and port."""
    duration: int | None = None
    """Nanoseconds until its answer was there; None if the line does not say."""


class Record(NamedTuple):
    """One thing that a line or a flow says happened.

    `start` and `end` are in nanoseconds since 1970. They may be off by `resolution` nanoseconds,
    because they were written rounded or cut.
    """

    service: str
    """Whose line it is; of a flow, the server that was called: its name, or its host and port."""
    name: str
    """What was done, such as `GET /pair/beer`, or a label of timing.log; empty for a flow."""
    start: int
    end: int
    request_id: str = ""
    """The correlation id, empty if there is none."""
    caller: str = ""
    """Who called, empty if the record does not say."""
    thread: str = ""
    """The thread, process or connection, empty if the record does not say."""
    upstream: tuple[Upstream, ...] = ()
    """The servers asked for this, one after another, as far as the line says."""
    callee: str = ""
    """For a call that its caller, `service`, wrote down: whom it called. Empty for all others."""
    resolution: int = 0
    has_duration: bool = True
    """Whether the record says how long it took. If not, `start` is `end`, and both are the moment
    that was written down."""
    line_id: str = ""
    """The id in the line if the inference is not to look at it: by `id_in_log` the record is
    compared with the truth."""

    @property
    def id_in_log(self) -> str:
        """The id that the line has, whatever use is made of it; empty if there is none."""
        return self.line_id or self.request_id
