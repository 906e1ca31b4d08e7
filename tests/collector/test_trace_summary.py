"""A trace's summary is the same however its spans arrive."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.aggregates.digest import digest
from collector.analysis.fold import OUTSIDE
from collector.analysis.trace import read_trace
from collector.model import Span
from collector.trace_summary import TraceSummary, summarize_trace
from tests.collector.analysis.traces import span
from tests.collector.random_spans import SPANS


@settings(max_examples=100)
@given(
    spans=st.lists(SPANS, min_size=1, max_size=8, unique_by=lambda span: span.start),
    cut=st.integers(0, 8),
    data=st.data(),
)
def test_a_summary_does_not_depend_on_how_spans_arrive(
    spans: list[Span], cut: int, data: st.DataObject
) -> None:
    whole = summarize_trace("t", spans)
    shuffled = data.draw(st.permutations(spans))
    summary: TraceSummary | None = None
    for part in (shuffled[:cut], shuffled[cut:]):
        if part:
            new = summarize_trace("t", part)
            summary = new if summary is None else summary.with_added(new)
    assert summary is not None
    if not any("version" in span.tags for span in spans):
        assert summary == whole


def test_a_trace_without_a_versioned_root_is_of_its_earliest_versioned_span_s_deploy() -> None:
    spans = [
        span(1, 0, 0, 10),
        span(3, 1, 5, 6, version="late"),
        span(2, 1, 1, 2, version="early"),
    ]
    assert summarize_trace("t", spans).version == "early"
    assert digest(read_trace("t", spans)).card.version == "early"
    spans[0].tags["version"] = "root's"
    assert (
        summarize_trace("t", spans).version
        == digest(read_trace("t", spans)).card.version
        == "root's"
    )


@pytest.mark.parametrize("tag", ["http.response.status_code", "http.status_code"])
def test_the_old_name_of_the_status_fails_a_trace_as_well(tag: str) -> None:
    root = span(1, 0, 0, 10)
    root.tags[tag] = 503.0
    made = digest(read_trace("t", [root]))
    assert summarize_trace("t", [root]).status == made.card.status == "503"
    assert made.card.failed
    [node] = made.sums["operation"].fold.nodes.values()
    assert node.callers[OUTSIDE].statuses == {"5xx": 1000}
