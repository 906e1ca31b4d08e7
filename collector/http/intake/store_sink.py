"""Where spans go in the end: by way of tail sampling into the store."""

from __future__ import annotations

from collections.abc import Sequence

from collector.http.stats import Stats
from collector.receivers.payload import Payload
from collector.sampling.head_rule import HeadRule
from collector.sampling.rule_book import RuleBook
from collector.sampling.tail import Tail
from collector.store.group_commit import AddResult


class StoreSink:
    """The store, and the counts of what came in. Thread-safe."""

    def __init__(self, tail: Tail, stats: Stats, book: RuleBook) -> None:
        """`tail` is the way into the store, `book` has what clients are told of sampling."""
        self._tail = tail
        self._stats = stats
        self._book = book

    @property
    def rules(self) -> Sequence[HeadRule]:
        """What clients are told of sampling."""
        return self._book.rules

    def store(self, payload: Payload, size: int, receiver: str) -> None:
        """Store the spans of a payload and count them, as `collector.http.intake.intake.Sink`
        says."""
        added = self._tail.add(payload.chunks)
        self.count(payload, len(payload.chunks), size, added, receiver)

    def count(
        self, payload: Payload, traces: int, size: int, added: AddResult, receiver: str
    ) -> None:
        """Count a request whose readable spans, of so many traces, are stored."""
        self._stats.request_kept(payload, traces, size, added.duplicates, receiver)

    def reject(self, kind: str, size: int, receiver: str) -> None:
        """Count a request of which nothing was kept."""
        self._stats.request_rejected(kind, size, receiver)
