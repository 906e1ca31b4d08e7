"""What goes from a receiver process to the storing process arrives as it was."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.http.processes.connections import brings_spans
from collector.http.processes.messages import (
    Answer,
    Batch,
    Ready,
    Refused,
    decode_answer,
    decode_message,
    encode,
)
from collector.model import Chunk
from collector.sampling.head_rule import HeadRule
from collector.sampling.holding import held_chunk, held_prepared
from collector.store.prepared import prepare
from tests.collector.random_spans import CHUNKS


@settings(max_examples=30)
@given(st.lists(CHUNKS, max_size=3))
def test_batches_arrive_as_they_were_sent(chunks: list[Chunk]) -> None:
    prepared = [prepare(chunk) for chunk in chunks]
    sent = Batch(7, "otlp", 900, prepared, 4, 3, 2, 1, {"malformed": 1})
    arrived = decode_message(encode(sent))
    assert arrived == sent
    assert isinstance(arrived, Batch)
    assert all(type(ours) is type(its) for ours, its in zip(prepared, arrived.chunks, strict=True))


@settings(max_examples=30)
@given(CHUNKS)
def test_a_prepared_chunk_is_held_like_any_other(chunk: Chunk) -> None:
    assert held_prepared(prepare(chunk)) == held_chunk(chunk)


def test_all_other_messages_do_too() -> None:
    assert decode_message(encode(Ready())) == Ready()
    refused = Refused("malformed", 12, "zipkin")
    assert decode_message(encode(refused)) == refused
    for rules in (None, [], [HeadRule("web", rate=0.5)]):
        answer = Answer(3, "BusyError", "full", rules)
        assert decode_answer(encode(answer)) == answer


def test_only_requests_that_bring_spans_are_for_receivers() -> None:
    for path in ("v0.3/traces", "v0.5/traces", "v1/traces", "api/v1/spans", "api/v2/spans"):
        assert brings_spans(f"POST /{path} HTTP/1.1".encode())
        assert brings_spans(f"PUT /{path}?a=b".encode())
        assert not brings_spans(f"GET /{path} HTTP/1.1".encode())
        assert not brings_spans(f"POST /{path}/1 HTTP/1.1".encode())
        assert not brings_spans(f" POST /{path} HTTP/1.1".encode())
    for head in (b"", b"PO", b"POST /api/traces/import ", b"POST /sampling/rules ", b"\xff" * 64):
        assert not brings_spans(head)
