"""Requests through several processes, simulated: what truly happened, and what tracers recorded.

Each process has a clock that is wrong by up to ten seconds, and most have the tracer's own logical
clock. Work is done one after another or at once, messages take their time, some callers give up.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from collector.model import Span, TagValue
from tests.collector.analysis.traces import SOME_TIME
from tracer.logical_clock import RECEIVED, SENT, LogicalClock

MAX_SKEW_NS = 10_000_000_000
STEP_NS = 1_000
MOST_SPANS = 40


@dataclass
class Process:
    """A process, and a host of its own."""

    name: str
    offset: int
    """By how many ns its clock is ahead of the true time when the run begins."""
    drift: float
    """By how many ns more for each ns."""
    clock: LogicalClock | None

    def reading(self, time: int) -> int:
        """Return what its clock shows at a true time."""
        return SOME_TIME + time + self.offset + round(self.drift * time)


@dataclass
class Work:
    """A span as it truly was."""

    span_id: int
    parent_id: int
    process: Process
    kind: str
    start: int
    dated: int
    """The true time at which the process read the clock that dates this span's segment."""
    segment: int
    """Id of the first span of its segment."""
    end: int = 0
    error: int = 0
    tags: dict[str, TagValue] = field(default_factory=dict)

    def recorded(self) -> Span:
        """Return the span as its process sends it."""
        start = self.process.reading(self.dated) + self.start - self.dated
        tags = {"span.kind": self.kind, **self.tags} if self.kind else self.tags
        service = self.process.name
        return Span(
            *(self.span_id, self.parent_id, service, "work", "work", "", start),
            *(self.end - self.start, self.error, tags),
        )


@dataclass
class Message:
    """A request (from a client's start to a server's start), or an answer (from end to end)."""

    sender: Work
    sent: int
    receiver: Work
    received: int
    is_answer: bool
    number: int | None = None
    """What the logical clock says in it."""


class Run:
    """One request, from its root to the last of its spans."""

    def __init__(self, seed: int, drift: float = 0) -> None:
        self.random = random.Random(seed)
        self.works: dict[int, Work] = {}
        self.messages: list[Message] = []
        self.processes = [
            Process(
                f"p{number}",
                self.random.randint(-MAX_SKEW_NS, MAX_SKEW_NS),
                self.random.uniform(-drift, drift),
                LogicalClock() if self.random.random() < 0.85 else None,
            )
            for number in range(self.random.randint(2, 5))
        ]
        for process in self.processes:
            if process.clock:
                process.clock.receive(self.random.randrange(10_000))
        self._serve(self.processes[0], 0, 0, depth=0)
        self._pass_messages()

    def recorded(self) -> list[Span]:
        """Return the spans that a collector receives, in any order."""
        spans = [work.recorded() for work in self.works.values()]
        self.random.shuffle(spans)
        return spans

    def _work(self, process: Process, parent: Work | None, kind: str, start: int) -> Work:
        span_id = len(self.works) + 1
        inside = parent is not None and kind != "server"
        work = Work(
            *(span_id, parent.span_id if parent else 0, process, kind, start),
            dated=parent.dated if parent and inside else start,
            segment=parent.segment if parent and inside else span_id,
        )
        self.works[span_id] = work
        return work

    def _pause(self) -> int:
        return self.random.randint(1, 2_000) * STEP_NS

    def _serve(self, process: Process, client_id: int, start: int, depth: int) -> Work:
        server = self._work(process, self.works.get(client_id), "server", start)
        server.end = self._do(server, start + self._pause(), depth)
        return server

    def _do(self, inside: Work, time: int, depth: int) -> int:
        """Work within a span from a time on, in some steps; return when the last one is done."""
        for _ in range(self.random.randint(0, 4 - min(depth, 3))):
            if len(self.works) > MOST_SPANS:
                break
            at_once = self.random.choice((1, 1, 1, 2, 3))
            steps: list[Callable[[Work, int, int], int]] = [self._local, self._call, self._call]
            steps += [self._left_running] * (self.random.random() < 0.2)
            time = max(
                self.random.choice(steps)(inside, time + self._pause(), depth)
                for _ in range(at_once)
            )
        return time + self._pause()

    def _local(self, inside: Work, time: int, depth: int) -> int:
        local = self._work(inside.process, inside, "", time)
        local.end = self._do(local, time, depth + 1)
        return local.end

    def _left_running(self, inside: Work, time: int, depth: int) -> int:
        """Begin to work in a thread that nobody waits for."""
        self._local(inside, time, depth)
        return time

    def _call(self, inside: Work, time: int, depth: int) -> int:
        client = self._work(inside.process, inside, "client", time)
        callee = self.random.choice(self.processes)
        arrival = time + self._pause()
        server = self._serve(callee, client.span_id, arrival, depth + 1)
        self.messages.append(Message(client, time, server, arrival, is_answer=False))
        if self.random.random() < 0.1:  # it gives up, sooner or later
            client.error = 1
            client.end = time + self._pause()
            return client.end
        client.end = server.end + self._pause()
        self.messages.append(Message(server, server.end, client, client.end, is_answer=True))
        return client.end

    def _pass_messages(self) -> None:
        """Let the logical clocks see all messages, in the order in which things truly happened."""
        sent = [(message.sent, 0, number) for number, message in enumerate(self.messages)]
        received = [(message.received, 1, number) for number, message in enumerate(self.messages)]
        passed_on: dict[int, int] = {}
        for _, is_receipt, number in sorted(sent + received):
            message = self.messages[number]
            work = message.receiver if is_receipt else message.sender
            clock = work.process.clock
            if is_receipt:
                if clock and message.number is not None:
                    work.tags[RECEIVED] = clock.receive(message.number)
                elif message.number is not None and not message.is_answer:
                    passed_on[work.segment] = message.number
            elif clock:
                message.number = clock.send()
                work.tags[SENT] = message.number
            elif not message.is_answer:
                message.number = passed_on.get(work.segment)
