"""palate: the taster's palate, which one request at a time has to itself (bottleneck 7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from services.current_trace import part, trace_id
from services.dials import dials
from services.gate import Gate


class Palate:
    """PALATES requests may hold it at the same time; the others wait, first come, first served."""

    def __init__(self) -> None:
        self._gate = Gate(lambda: dials.PALATES)
        dials.on_turn("PALATES", self._gate.resize)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Have the palate until the block ends. The wait for it is a span: `palate.wait`."""
        turn = self._gate.queue_up(trace_id())
        try:
            with part("palate.wait") as span:
                span.set_tag("waiting_behind", len(turn.behind))
                if turn.behind:
                    span.set_tag("holder.trace_id", turn.behind[0])
                turn.wait()
            yield
        finally:
            self._gate.leave(turn)
