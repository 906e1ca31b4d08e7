"""A span that is sent again is stored once, in any chunk and with its tags in any order."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from collector.model import Chunk, Span
from collector.store import known_spans
from collector.store.group_commit import AddResult
from collector.store.sqlite import Store
from tests.collector.chunks import START
from tests.collector.stores import collecting

TRACE_ID = f"{7:032x}"


def span(span_id: int, kind: str = "", **tags: str) -> Span:
    all_tags = {"span.kind": kind, **tags} if kind else dict(tags)
    return Span(span_id, int(span_id > 1), "web", "op", "res", "", START + span_id, 9, 0, all_tags)


def stored(store: Store, trace_id: str = TRACE_ID) -> list[tuple[int, object]]:
    """Return id and kind of each span of the trace; its summary has to agree."""
    found = store.find(trace_id)
    assert found is not None
    spans = found.spans()
    assert found.summary().spans == sum(found.summary().services.values()) == len(spans)
    return sorted((span.span_id, span.tags.get("span.kind", "")) for span in spans)


def test_the_order_of_tags_does_not_matter(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        store.add([Chunk(TRACE_ID, [span(1, a="1", b="2"), span(2)])])
        again = [span(1, b="2", a="1"), span(2)]
        assert store.add([Chunk(TRACE_ID, again)]) == AddResult(2, 2)
        assert stored(store) == [(1, ""), (2, "")]


def test_only_what_is_new_of_a_chunk_is_added(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        store.add([Chunk(TRACE_ID, [span(1), span(2)])])
        assert store.add([Chunk(TRACE_ID, [span(2, priority="1"), span(3)])]) == AddResult(2, 1)
    with collecting(tmp_path) as store:
        assert store.add([Chunk(TRACE_ID, [span(3), span(1), span(1)])]) == AddResult(3, 3)
        assert stored(store) == [(1, ""), (2, ""), (3, "")]


def test_a_call_whose_two_ends_share_an_id_stays_two_spans(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        store.add([Chunk(TRACE_ID, [span(1), span(2, "client")])])
        store.add([Chunk(TRACE_ID, [span(2, "server")])])
        assert store.add([Chunk(TRACE_ID, [span(2, "server"), span(2, "client")])]).duplicates == 2
        assert stored(store) == [(1, ""), (2, "client"), (2, "server")]


@pytest.mark.parametrize("seed", range(12))
def test_any_order_any_cut_and_any_repetition_give_the_same_trace(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_spans, "MAX_KEPT_IDS", 6)
    rng = random.Random(seed)
    spans = [span(n, a="1", b="2") for n in range(1, 8)] + [span(5, "client"), span(5, "server")]
    expected = sorted((each.span_id, each.tags.get("span.kind", "")) for each in spans)
    traces = [f"{number:032x}" for number in (7, 8, 9)]
    for _ in range(2):  # a restart in between
        with collecting(tmp_path, max_spans=80) as store:
            for _ in range(4):
                for trace_id in traces:
                    rng.shuffle(spans)
                    cut = rng.randint(0, len(spans))
                    parts = [part for part in (spans[:cut], spans[cut:], spans[:2]) if part]
                    store.add([Chunk(trace_id, list(part)) for part in parts])
            assert [stored(store, trace_id) for trace_id in traces] == [expected] * 3
