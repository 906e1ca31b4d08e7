"""Two sets of traces side by side."""

from __future__ import annotations

from collector.aggregates.comparison import deploys
from collector.aggregates.digest import digest
from collector.analysis.trace import read_trace
from tests.collector.analysis.traces import span


def test_the_traces_of_a_deploy_are_weighted() -> None:
    cards = []
    for number, rate in enumerate([1, 0.01]):
        root = span(1, 0, number, number + 10, version="step-10")
        root.tags["_dd.rule_psr"] = rate
        cards.append(digest(read_trace(f"{number:032x}", [root])).card)
    [deploy] = deploys([*cards, cards[0]])["deploys"]
    assert deploy["traces"] == 101
