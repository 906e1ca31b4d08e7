"""Which rule what is stored has come by."""

from __future__ import annotations

import pytest

from collector.aggregates.rule_shares import rule_shares
from collector.sampling.head_rule import HeadRule
from tests.collector.sampling.traces import request
from tests.collector.stores import Stores


def test_the_first_rule_that_matches_has_the_spans(stores: Stores) -> None:
    with stores.open() as store:
        store.add([request(number) for number in range(1, 9)])
        [chunk] = [request(1)]
        root = next(span for span in chunk.spans if not span.parent_id)
        everything, nothing = HeadRule(), HeadRule(service="nobody")
        own = HeadRule(service=root.service, resource=root.resource)
        assert rule_shares(store, [nothing, own, everything]) == [0, 1, 0]
        assert rule_shares(store, [everything, own]) == [1, 0]
        assert rule_shares(store, [HeadRule(tags={"no.such": "*"})]) == [0]
        assert rule_shares(store, []) == []


def test_tags_are_those_of_the_root(stores: Stores) -> None:
    with stores.open() as store:
        chunks = [request(number) for number in range(1, 5)]
        for chunk in chunks[:1]:
            next(span for span in chunk.spans if not span.parent_id).tags["tier"] = "gold"
        store.add(chunks)
        golden = HeadRule(tags={"tier": "g*"})
        of_one = len(chunks[0].spans) / sum(len(chunk.spans) for chunk in chunks)
        assert rule_shares(store, [golden]) == pytest.approx([of_one])


def test_a_store_without_traces_has_shares_of_nothing(stores: Stores) -> None:
    with stores.open() as store:
        assert rule_shares(store, [HeadRule()]) == [0]
