"""The payloads of the benchmark say the same in each format."""

from __future__ import annotations

import random

from bench.payloads import PAYLOADS
from collector.receivers.datadog import read_v04
from collector.receivers.otlp_protobuf import read_protobuf
from collector.receivers.zipkin_v2 import read_json


def test_each_format_has_the_same_spans_and_new_ones_each_time() -> None:
    sent = {form: kind(64, 32) for form, kind in PAYLOADS.items()}
    seen: set[tuple[str, int]] = set()
    for _ in range(2):
        got = {
            "datadog": read_v04(sent["datadog"].fresh(random.Random(len(seen)))),
            "otlp": read_protobuf(sent["otlp"].fresh(random.Random(len(seen)))),
            "zipkin": read_json(sent["zipkin"].fresh(random.Random(len(seen)))),
        }
        spans = {
            form: sorted(
                (
                    chunk.trace_id,
                    *(span.span_id, span.parent_id, span.service, span.name),
                    *(span.duration // 1_000, span.error),
                )
                for chunk in payload.chunks
                for span in chunk.spans
            )
            for form, payload in got.items()
        }
        assert spans["datadog"] == spans["otlp"] == spans["zipkin"]
        assert len(spans["otlp"]) == 64
        ids = {span[:2] for span in spans["otlp"]}
        assert seen.isdisjoint(ids)
        seen |= ids
