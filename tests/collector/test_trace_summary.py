"""A trace's summary is the same however its spans arrive."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.model import Span
from collector.trace_summary import TraceSummary, summarize_trace
from tests.collector.random_spans import SPANS


@settings(max_examples=100, deadline=None)
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
