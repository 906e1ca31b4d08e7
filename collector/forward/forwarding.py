"""All targets together, as the store and the statistics see them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from collector.forward.forwarder import Forwarder
from collector.forward.loops import must_not_reach
from collector.forward.target import Target
from collector.forward.waiting_spans import WaitingChunk
from collector.store.new_chunk import NewChunk

FLUSH_S = 2.0
"""How long the end of the collector may be put off to send what is waiting."""


class Forwarding:
    """Sends on what is stored to each of some targets, which know nothing of each other."""

    def __init__(self, targets: Sequence[Target], is_quiet: Callable[[float], bool]) -> None:
        """Start a thread for each target."""
        self._targets = targets
        self._forwarders = [Forwarder(target, is_quiet) for target in targets]

    def must_not_reach(self, open_ports: set[tuple[str, int]]) -> None:
        """Raise `LoopError` if a target is the collector itself, which listens on these ports."""
        must_not_reach(open_ports, self._targets)

    def put(self, chunks: Sequence[NewChunk]) -> None:
        """Take chunks that were just stored. Called by the thread that writes, so it does no
        more."""
        if self._forwarders:
            waiting = [
                WaitingChunk(chunk.trace_id, chunk.blob, chunk.span_count) for chunk in chunks
            ]
            for forwarder in self._forwarders:
                forwarder.put(waiting)

    def report(self) -> list[dict[str, object]]:
        """Return what became of the spans, target by target."""
        return [forwarder.report() for forwarder in self._forwarders]

    def close(self) -> None:
        """Send what is waiting, as far as that does not take long."""
        deadline = time.monotonic() + FLUSH_S
        for forwarder in self._forwarders:
            forwarder.begin_end()
        for forwarder in self._forwarders:
            forwarder.end(deadline)
