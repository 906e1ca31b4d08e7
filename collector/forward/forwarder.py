"""Sending on to one target."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable

from collector.background_thread import BackgroundThread
from collector.forward.http_sender import TIMEOUT_S, HttpSender
from collector.forward.sending import NeverError, NotNowError
from collector.forward.target import XRAY, Target
from collector.forward.udp_sender import UdpSender
from collector.forward.waiting_spans import WaitingChunk, WaitingSpans
from collector.log import Trouble, say
from collector.model import Chunk
from collector.store.prepared import decode_spans

BATCH_SPANS = 1_000
BATCH_BYTES = 1024 * 1024
"""How much is sent at a time; a single chunk may be larger."""
GATHER_S = 0.3
"""How long a batch is gathered."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
"""Pauses after failures in a row; each is twice the one before, give or take a quarter."""
LONGEST_RETRY_AFTER_S = 300.0
"""The longest pause that a target may ask for."""
BUSY_SHARE = 0.04
"""Share of one processor for this work while spans are being received: they come first."""
QUIET_S = 0.05
MAX_ROUND_S = 2 * TIMEOUT_S + LONGEST_RETRY_AFTER_S


class Forwarder:
    """A thread that sends on what is stored, and the queue before it."""

    def __init__(
        self,
        target: Target,
        is_quiet: Callable[[float], bool],
        waiting: WaitingSpans | None = None,
    ) -> None:
        """Start the thread. `is_quiet` tells whether nothing was received for so many seconds."""
        self._target = target
        self._is_quiet = is_quiet
        self._waiting = waiting or WaitingSpans()
        self._sender = UdpSender(target) if target.format == XRAY else HttpSender(target)
        self._sent = self._refused = 0
        self._being_sent = 0
        """Spans that were taken from the queue, and of which nobody knows yet what becomes."""
        self._failures = 0
        """How often in a row nothing was taken."""
        self._problem = ""
        self._trouble = Trouble()
        self._closing = threading.Event()
        self._thread = BackgroundThread(f"forwards to {target}", self._round, MAX_ROUND_S)
        self._thread.start()

    def put(self, chunks: Iterable[WaitingChunk]) -> None:
        """Take chunks to send on. Never waits."""
        self._waiting.put(chunks)

    def report(self) -> dict[str, object]:
        """Return what became of the spans, for `GET /stats`."""
        return {
            "target": str(self._target),
            "sent": self._sent,
            "refused": self._refused,
            "dropped": self._waiting.dropped,
            "waiting": self._waiting.spans + self._being_sent,
            "problem": self._problem or self._thread.problem(),
        }

    def begin_end(self) -> None:
        """Send what is waiting, if the target takes it at once, and then end."""
        self._closing.set()
        self._waiting.close()

    def end(self, deadline: float) -> None:
        """Wait for the end until `deadline`, on the monotonic clock; say what was not sent."""
        self._thread.join(max(0.0, deadline - time.monotonic()))
        if left := self._waiting.spans + self._being_sent:
            say(f"{left} spans that are stored were not forwarded to {self._target}")

    def _round(self) -> bool:
        """Send a batch; return whether there will be another one."""
        batch = self._waiting.take(BATCH_SPANS, BATCH_BYTES, timeout_s=1.0)
        if not batch:
            return not self._closing.is_set()
        self._being_sent = sum(chunk.spans for chunk in batch)
        began = time.thread_time()
        try:
            self._send(batch)
        except NotNowError as problem:
            self._being_sent = 0
            self._waiting.put_back(batch)
            self._fail(str(problem))
            if self._closing.is_set():
                return False
            self._pause(problem.after_s)
        except NeverError as problem:
            self._refused += self._being_sent
            self._fail(str(problem))
            self._being_sent = 0
            self._pause()
        except BaseException:  # a bug; the thread goes on with the next batch
            self._refused += self._being_sent
            self._being_sent = 0
            raise
        else:
            self._being_sent = 0
            self._failures = 0
            self._problem = ""
            self._trouble.over(f"{self._target} takes spans again")
        self._let_others_work(time.thread_time() - began)
        return True

    def _send(self, batch: list[WaitingChunk]) -> None:
        chunks = [Chunk(chunk.trace_id, decode_spans(chunk.blob)) for chunk in batch]
        refused = self._sender.send(chunks)
        self._refused += refused
        self._sent += sum(chunk.spans for chunk in batch) - refused

    def _fail(self, problem: str) -> None:
        self._failures += 1
        self._problem = problem
        self._trouble.report(f"cannot forward to {self._target}: {problem}")

    def _pause(self, after_s: float | None = None) -> None:
        """Wait before the next try: as long as the target asked for, or longer after each
        failure."""
        if after_s is None:
            doubled = FIRST_PAUSE_S * 2 ** min(self._failures - 1, 10)
            after_s = min(doubled, LONGEST_PAUSE_S) * random.uniform(0.75, 1.25)
        self._closing.wait(min(after_s, LONGEST_RETRY_AFTER_S))

    def _let_others_work(self, worked_s: float) -> None:
        """Gather the next batch, and keep to our share of the processor while others need it."""
        pause_s = GATHER_S if self._waiting.spans < BATCH_SPANS else 0.0
        self._closing.wait(pause_s)
        until = time.monotonic() + worked_s / BUSY_SHARE - pause_s
        while time.monotonic() < until and not self._is_quiet(QUIET_S):
            if self._closing.wait(QUIET_S):
                return
