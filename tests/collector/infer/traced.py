"""The simulated app as if it were traced, too: the truth in the collector's own form."""

from __future__ import annotations

from collector.infer.forest import Forest
from collector.model import Chunk, Span
from tests.collector.infer.simulated import Simulated


def traced(simulated: Simulated) -> list[Chunk]:
    """A trace for each request from outside, with a server's span for each record."""
    forest = Forest(simulated.records, simulated.callers)
    return [
        Chunk(
            f"{root + 1:032x}",
            [
                Span(
                    row + 1,
                    simulated.callers[row] + 1,
                    forest.records[row].service,
                    "flask.request",
                    forest.records[row].name,
                    "http",
                    forest.records[row].start,
                    forest.records[row].end - forest.records[row].start,
                    tags={"span.kind": "server"},
                )
                for row in forest.subtree(root)
            ],
        )
        for root in forest.roots()
    ]
