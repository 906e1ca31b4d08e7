"""Rules that the collector gives, and that can be changed there while the app runs."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from http.client import HTTPException
from threading import Event, Lock, Thread

import msgspec

from ..connection import address_of, connect_to, reason_of
from ..containment import contained
from ..text import printable
from .decision import Decision
from .hashing import Hash, datadog
from .rules import Rule, RuleError, RuleSampler, counts, rules_of

log = logging.getLogger("tracer")

PATH = "/sampling/rules"
INTERVAL_S = 2.0
"""Seconds between two questions for the rules."""
TIMEOUT_S = 2.0
MAX_ANSWER_BYTES = 1_000_000


class RemoteSampler:
    """Asks the collector for the rules every few seconds, from its own thread.

    Until the first answer, everything is kept; as long as the collector is away, or says what
    cannot be understood, the last rules hold. Each question says what the rules have decided since
    the one before, so that the collector can show it.
    """

    def __init__(self, url: str, service: str, hash: Hash = datadog) -> None:
        self._url = url.rstrip("/")
        self._service = service
        self._hash = hash
        self._rules = RuleSampler([])
        self._etag = ""
        self._reported: list[tuple[int, int]] = []
        self._lock = Lock()
        self._process = 0
        self._complained = False
        self._closed = Event()

    def decide(
        self, trace_id: int, service: str, name: str, resource: str, tags: Mapping[str, object]
    ) -> Decision:
        """Decide by the last rules that are known."""
        if self._process != os.getpid():
            self._start_thread()
        return self._rules.decide(trace_id, service, name, resource, tags)

    def close(self) -> None:
        """Ask no more."""
        self._closed.set()

    def _start_thread(self) -> None:
        """Start to ask: at the first trace of a process, as threads do not survive a fork."""
        thread = Thread(target=self._run, name="tracer-sampling", daemon=True)
        self._process = os.getpid()
        self._lock = Lock()
        try:
            thread.start()
        except (RuntimeError, MemoryError):  # no more threads, or the program ends
            self._process = 0

    def _run(self) -> None:
        while not self._closed.is_set():
            with contained:
                self._refresh()
            self._closed.wait(INTERVAL_S)

    def _refresh(self) -> None:
        """Ask once, and take over what is answered."""
        try:
            self._take(*self._ask())
        except (OSError, HTTPException, ValueError, msgspec.MsgspecError) as error:
            self._complain(error)
        else:
            self._complained = False

    def _ask(self) -> tuple[int, str, bytes]:
        """Return the status, the ETag and the body of the collector's answer."""
        now = counts(self._rules.rules)
        before = self._reported or [(0, 0)] * len(now)
        decided = [
            {"matched": matched - old_matched, "kept": kept - old_kept}
            for (matched, kept), (old_matched, old_kept) in zip(now, before, strict=True)
        ]
        question = {"service": self._service, "etag": self._etag, "decided": decided}
        connection = connect_to(self._url)
        try:
            connection.restart(TIMEOUT_S)
            headers = {"Content-Type": "application/json", "If-None-Match": self._etag}
            connection.request("POST", PATH, msgspec.json.encode(question), headers)
            with connection.getresponse() as response:
                answer = response.read(MAX_ANSWER_BYTES)
                etag = response.headers.get("ETag", "")
        finally:
            connection.close()
        self._reported = now
        return response.status, etag, answer

    def _take(self, status: int, etag: str, answer: bytes) -> None:
        if status == 304:
            return
        if status != 200:
            raise ValueError(f"it answers {status}")
        rules: list[Rule] = rules_of(msgspec.json.decode(answer), self._hash)
        self._rules, self._reported, self._etag = RuleSampler(rules), [], etag

    def _complain(self, error: Exception) -> None:
        """Say once that there are no new rules, until there are some again."""
        if self._complained:
            return
        self._complained = True
        where = address_of(self._url)
        why = str(error) if isinstance(error, RuleError) else reason_of(error)
        log.warning(
            "no sampling rules from %s, the last known ones hold: %s", where, printable(why)
        )
