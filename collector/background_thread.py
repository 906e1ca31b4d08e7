"""A thread that does its rounds for as long as the collector runs, and cannot die silently."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from collector.log import Trouble

PAUSE_S = 0.5
"""After a round that raised: what fails at once must not keep a processor busy."""


class BackgroundThread:
    """Calls a function again and again, whatever it raises, and knows whether it still comes back.

    The function does one round and returns whether there will be another one. A round without work
    has to end after a second or so, too: a round that takes too long counts as stuck.
    """

    def __init__(self, task: str, do_round: Callable[[], bool], max_round_s: float) -> None:
        """`task` is what the thread does, as in "the thread that stores spans"."""
        self.task = task
        self._do_round = do_round
        self._max_round_s = max_round_s
        self._round_began = time.monotonic()
        self._told_to_end = False
        self._trouble = Trouble()
        self._thread = threading.Thread(target=self._run, name=task, daemon=True)

    def start(self) -> None:
        """Begin the first round."""
        self._round_began = time.monotonic()
        self._thread.start()

    def join(self, timeout_s: float | None = None) -> None:
        """Wait for the last round to end, or no longer than that."""
        self._thread.join(timeout_s)

    def problem(self) -> str:
        """Return what is wrong with the thread, in a sentence; "" if it does its rounds."""
        if self._told_to_end or not self._thread.ident:
            return ""
        if not self._thread.is_alive():
            return f"the thread that {self.task} has died; restart the collector"
        took = time.monotonic() - self._round_began
        if took > self._max_round_s:
            return f"the thread that {self.task} has been stuck for {took:.0f} s"
        return ""

    def _run(self) -> None:
        more = True
        while more:
            self._round_began = time.monotonic()
            try:
                more = self._do_round()
                self._trouble.over(f"the thread that {self.task} is well again")
            # SystemExit, too: raised in a thread, it would end it without a word.
            except BaseException as bug:
                self._trouble.report(f"the thread that {self.task} met an error and goes on", bug)
                time.sleep(PAUSE_S)
        self._told_to_end = True
