"""A small language for traces: spans within spans, one after another, with a little chance in every
duration.

    web(sql("SELECT beer", 3), work(5), together(call("GET /taste", 40), call("GET /taste", 45)))
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from collector.analysis.trace import Trace, read_trace
from collector.model import Event, Span, TagValue
from tests.collector.analysis.traces import MS, SOME_TIME

JITTER = 0.05
"""Share by which a duration differs from what is written, at most."""


@dataclass(frozen=True)
class Piece:
    """A span to be; its children come one after another."""

    name: str
    resource: str = ""
    ms: float = 0
    """How long it takes by itself, after its children."""
    children: tuple[Part, ...] = ()
    service: str = "web"
    type: str = ""
    kind: str = ""
    error: int = 0
    exact: bool = False
    """Whether it takes exactly as long as is written."""
    shift: float = 0
    """Milliseconds by which its clock, and that of all below it, is ahead."""
    delay: float = 0
    """Milliseconds before it begins: the way to a server, or its queue."""
    left_running: bool = False
    """Whether its parent goes on at once."""
    events: tuple[tuple[str, float], ...] = ()
    """Names and moments of events, ms after its start."""
    tags: dict[str, TagValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Work:
    """Time in which nothing below happens."""

    ms: float
    exact: bool = False


@dataclass(frozen=True)
class Together:
    """Parts that begin at the same moment, or `apart` ms after each other."""

    parts: tuple[Part, ...]
    apart: float = 0.0


Part = Piece | Work | Together


def web(*children: Part, resource: str = "GET /pair/beer", ms: float = 2, **more: object) -> Piece:
    """A request that a server answers."""
    return _piece(
        "flask.request", resource, ms, children, {"type": "http", "kind": "server"} | more
    )


def call(resource: str = "GET /taste", ms: float = 40, *children: Part, **more: object) -> Piece:
    """A call of another service."""
    return _piece(
        "requests.request", resource, ms, children, {"type": "http", "kind": "client"} | more
    )


def failed(resource: str = "GET /taste", ms: float = 2, *children: Part, **more: object) -> Piece:
    """A call of another service that fails."""
    return call(resource, ms, *children, error=1, **more)


def timed_out(ms: float, late: float = 1, resource: str = "GET /taste", **more: object) -> Piece:
    """A call that is given up after a timeout, and says so only if a tag does."""
    return failed(resource, ms + late, exact=True, **more)


def sql(resource: str, ms: float = 2, *children: Part, **more: object) -> Piece:
    """A query."""
    return _piece(
        "sqlalchemy.query", resource, ms, children, {"service": "db", "type": "sql"} | more
    )


def redis(resource: str = "GET", ms: float = 1, *children: Part, **more: object) -> Piece:
    """A command to Redis."""
    return _piece(
        "redis.command", resource, ms, children, {"service": "redis", "type": "redis"} | more
    )


def step(name: str, /, *children: Part, ms: float = 0, **more: object) -> Piece:
    """A span within the same service, such as a function."""
    return _piece(name, name, ms, children, more)


def work(ms: float) -> Work:
    """Time in which nothing below happens."""
    return Work(ms)


def sleep(ms: float) -> Work:
    """Time in which nothing happens, by a timer."""
    return Work(ms, exact=True)


def together(*parts: Part, apart: float = 0.1) -> Together:
    """Parts side by side."""
    return Together(parts, apart)


def each(count: int, part: Callable[[int], Part | Sequence[Part]]) -> tuple[Part, ...]:
    """Parts for each of so many items, one after another."""
    parts: list[Part] = []
    for number in range(1, count + 1):
        made = part(number)
        parts += [made] if isinstance(made, Piece | Work | Together) else made
    return tuple(parts)


def _piece(
    name: str, resource: str, ms: float, children: tuple[Part, ...], more: dict[str, object]
) -> Piece:
    fields = {key: value for key, value in more.items() if key in Piece.__dataclass_fields__}
    tags = {key.replace("__", "."): value for key, value in more.items() if key not in fields}
    piece = Piece(name, resource, ms, children, tags=tags)  # type: ignore[arg-type]
    return replace(piece, **fields)  # type: ignore[arg-type]


def build(root: Piece, seed: int) -> Trace:
    """Return the trace; another one for each seed."""
    return read_trace(f"{seed + 1:032x}", _Builder(seed).spans_of(root))


class _Builder:
    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._spans: list[Span] = []

    def spans_of(self, root: Piece) -> list[Span]:
        self._lay(root, 0, 0, 0)
        return self._spans

    def _some(self, ms: float) -> float:
        return ms * self._rng.uniform(1 - JITTER, 1 + JITTER)

    def _lay(self, part: Part, start: float, parent: int, shift: float) -> float:
        """Lay a part out from a moment on, and return the moment at which the next may begin."""
        if isinstance(part, Work):
            return start + (
                part.ms + self._rng.uniform(0, 0.3) if part.exact else self._some(part.ms)
            )
        if isinstance(part, Together):
            ends = [
                self._lay(each, start + number * part.apart, parent, shift)
                for number, each in enumerate(part.parts)
            ]
            return max(ends)
        begin = start + self._some(part.delay)
        span_id = len(self._spans) + 1
        tags: dict[str, TagValue] = {**part.tags, **({"span.kind": part.kind} if part.kind else {})}
        at = SOME_TIME + round((begin + shift + part.shift) * MS)
        events = tuple(Event(at + round(after * MS), name) for name, after in part.events)
        span = Span(
            *(span_id, parent, part.service, part.name, part.resource, part.type),
            *(at, 0, part.error, tags, events),
        )
        self._spans.append(span)
        moment = begin
        for child in part.children:
            moment = self._lay(child, moment, span_id, shift + part.shift)
        end = moment + (part.ms if part.exact else self._some(part.ms))
        span.duration = round((end - begin) * MS)
        return start if part.left_running else end + self._rng.uniform(0.01, 0.05)
