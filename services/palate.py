"""The taster's palate, which one request at a time has to itself (bottleneck 7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from services.current_trace import span, trace_id
from services.dials import dials
from services.gate import Gate


class Palate:
    """A palate that PALATES requests may hold at a time; the others wait, in order of arrival."""

    def __init__(self) -> None:
        self._gate = Gate(lambda: dials.PALATES)
        dials.on_turn("PALATES", self._gate.resize)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the palate until the block ends. The wait for it is a span, `palate.wait`."""
        turn = self._gate.queue_up(trace_id())
        try:
            with span("palate.wait") as wait:
                wait.set_tag("waiting_behind", len(turn.behind))
                if turn.behind:
                    wait.set_tag("holder.trace_id", turn.behind[0])
                turn.wait()
            yield
        finally:
            self._gate.leave(turn)
