"""Traces to sample: made up, and stored."""

from __future__ import annotations

from random import Random

import msgspec

from collector.aggregates.digest import Card
from collector.aggregates.findings import FindingKind
from collector.analysis.route import Route
from collector.laboratory.population import Population, Subject
from collector.model import Chunk, Span

MS = 10**6
START = 1_700_000_000 * 10**9


def card(
    number: int, duration: int, failed: bool = False, weight: int = 1000, kind: str = ""
) -> Card:
    kinds = msgspec.msgpack.encode([FindingKind(kind, "12-batch")]) if kind else b""
    route = Route("web", "GET /pair")
    return Card(
        f"{number:032x}", route, START + number, duration, failed, 1000, "", "", kinds, b"", b""
    )


def population(traces: int, seed: int = 1) -> Population:
    """Return traces of which some fail, and one in twenty shows a finding."""
    random = Random(seed)
    return Population(
        [
            Subject(
                card(
                    number,
                    int(random.lognormvariate(18, 0.5)),
                    random.random() < 0.1,
                    kind="n_plus_one" if number % 20 == 7 else "",
                ),
                random.randint(100, 1000),
                {("web", "db"): 1000 * random.randint(1, 9)},
            )
            for number in range(traces)
        ]
    )


def stored_trace(number: int, random: Random) -> Chunk:
    """Return a request that makes some calls to two services; a quarter stand for two or four."""
    duration = int(random.lognormvariate(18, 0.5))
    start = START + number * 10 * MS
    tags: dict[str, str | int | float] = {"span.kind": "server"}
    if number % 4 == 0:
        tags["_dd.rule_psr"] = random.choice((0.5, 0.25))
    error = int(random.random() < 0.1)
    spans = [Span(1, 0, "web", "request", "GET /pair", "http", start, duration, error, tags)]
    for place in range(random.randint(0, 12)):
        service = random.choice(("db", "taster"))
        spans.append(
            Span(2 + place, 1, service, "call", "SELECT 1", "sql", start + place * 1000, 900)
        )
    return Chunk(f"{random.getrandbits(127) | 1:032x}", spans)
