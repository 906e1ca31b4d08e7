"""What an audit has found so far: counts, and the newest evidence for each rule."""

from __future__ import annotations

import threading
from array import array
from bisect import insort
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from collector.audit.rules import OUTSIDE, Rule
from collector.audit.trace_calls import Place, TraceCalls
from collector.audit.verdict import Judge, Question

MAX_EVIDENCE = 20
"""Violations of one rule that are kept as evidence: those that happened last."""
MAX_PAIRS = 5_000
"""Pairs of services whose calls are counted one by one."""
MAX_QUESTIONS = 100
"""Kinds of calls and runs of one trace of which it is remembered how many were counted."""
MAX_REMEMBERED_TRACES = 20_000
"""Traces of which it is known how far they have been checked. Older ones that grow are checked from
their beginning, and what was wrong in them is counted again."""


class Violation(NamedTuple):
    """A call or a run that a rule forbids, and the span that shows it."""

    number: int
    """Which violation it is, from 1, in the order in which they were found."""
    rule: Rule
    subject: str
    """Who called or ran; `OUTSIDE` if there was no trace context."""
    object: str
    """Who was called; the name of the span that was run."""
    trace_id: str
    span_id: int
    start: int
    """When the span started, ns since 1970."""
    name: str
    """The span's name."""


class RuleCount(NamedTuple):
    """How often a rule was broken."""

    violations: int
    from_outside: int
    """Those of them without a trace context: by the back door."""
    evidence: Sequence[Violation]
    """Those that happened last, the newest first."""


class _Checked(NamedTuple):
    """What has been checked of a trace."""

    spans: int
    order: int
    """A hash of these spans in the order in which they were received."""
    unknown_callers: int
    counted: array[int]
    """A hash of each call or run, and how often it was counted."""

    @classmethod
    def of(cls, trace: TraceCalls) -> _Checked:
        counted = array("q")
        for question, places in islice(trace.places.items(), MAX_QUESTIONS):
            counted.extend((hash(question), len(places)))
        spans = len(trace.span_ids)
        return cls(spans, _order(trace, spans), trace.unknown_callers, counted)

    def new_places(self, trace: TraceCalls) -> Iterator[tuple[Question, list[Place]]]:
        """Yield the calls and runs in a trace that were not there when it was checked.

        Spans that are inserted by two collectors at once show up in either order; then calls are
        told by their number.
        """
        if _order(trace, self.spans) == self.order:
            for question, places in trace.places.items():
                yield question, [place for place in places if place.known_since >= self.spans]
        else:
            counted = dict(zip(self.counted[::2], self.counted[1::2], strict=True))
            for question, places in trace.places.items():
                ordered = sorted(places, key=attrgetter("known_since"))
                yield question, ordered[counted.get(hash(question), 0) :]


def _order(trace: TraceCalls, spans: int) -> int:
    return hash(tuple(trace.span_ids[:spans]))


_NOTHING = _Checked(0, hash(()), 0, array("q"))


class Tally:
    """The counts under one set of rules. Thread-safe."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.judge = Judge(rules)
        self._lock = threading.Lock()
        self._violations = [0] * len(rules)
        self._from_outside = [0] * len(rules)
        self._evidence: list[list[Violation]] = [[] for _ in rules]
        self._found = 0
        self.pairs: Counter[tuple[str, str]] = Counter()
        """Calls by caller and called."""
        self.forbidden: dict[tuple[str, str], Violation] = {}
        """Of each pair the violation that happened last."""
        self.traces = 0
        self.spans = 0
        self.unknown_callers = 0
        self.oldest = 0
        """When the oldest span that was checked started, ns since 1970; 0 if there is none."""
        self._checked: OrderedDict[str, _Checked] = OrderedDict()

    def add(self, trace_id: str, trace: TraceCalls) -> list[Violation]:
        """Count what had not been received when the trace was counted last; return what is
        forbidden of that. A trace that has turned out to be none to check has no span any more."""
        with self._lock:
            before = self._checked.pop(trace_id, _NOTHING)
            if 0 < len(trace.span_ids) < before.spans:
                self._checked[trace_id] = before  # this was read before it grew, and comes late
                return []
            self._checked[trace_id] = _Checked.of(trace)
            if len(self._checked) > MAX_REMEMBERED_TRACES:
                self._checked.popitem(last=False)
            self.traces += bool(trace.span_ids) - bool(before.spans)
            self.spans += len(trace.span_ids) - before.spans
            self.unknown_callers += trace.unknown_callers - before.unknown_callers
            if earliest := min(trace.starts, default=0):
                self.oldest = min(self.oldest or earliest, earliest)
            found = []
            for question, places in before.new_places(trace):
                if places:
                    new = [place.span for place in places]
                    found += self._count(trace_id, trace, question, new)
            return found

    def _count(
        self, trace_id: str, trace: TraceCalls, question: Question, spans: list[int]
    ) -> list[Violation]:
        """Count one call or run, made as often as there are spans; return what is forbidden."""
        subject, verb, object_ = question
        pair = subject, object_
        if verb == "call" and (pair in self.pairs or len(self.pairs) < MAX_PAIRS):
            self.pairs[pair] += len(spans)
        index = self.judge.broken(*question)
        if index < 0:
            return []
        rule = self.judge.rules[index]
        found = [
            Violation(
                *(self._found + number, rule, subject, object_, trace_id),
                *(trace.span_ids[span], trace.starts[span], trace.names[span]),
            )
            for number, span in enumerate(spans, 1)
        ]
        self._found += len(found)
        self._violations[index] += len(found)
        self._from_outside[index] += len(found) if subject == OUTSIDE else 0
        for violation in found:
            insort(self._evidence[index], violation, key=attrgetter("start"))
            del self._evidence[index][:-MAX_EVIDENCE]
        if verb == "call" and (pair in self.forbidden or len(self.forbidden) < MAX_PAIRS):
            before = [self.forbidden[pair]] if pair in self.forbidden else []
            self.forbidden[pair] = max(before + found, key=attrgetter("start"))
        return found

    @property
    def found(self) -> int:
        """How many violations there are."""
        return self._found

    def counts(self) -> list[RuleCount]:
        """Return how often each rule was broken."""
        with self._lock:
            return [
                RuleCount(violations, outside, evidence[::-1])
                for violations, outside, evidence in zip(
                    self._violations, self._from_outside, self._evidence, strict=True
                )
            ]

    def calls(self) -> dict[tuple[str, str], int]:
        """Return how many calls there were, by caller and called."""
        with self._lock:
            return dict(self.pairs)

    def last_violations(self) -> dict[tuple[str, str], Violation]:
        """Return the last violation of each caller and called."""
        with self._lock:
            return dict(self.forbidden)
