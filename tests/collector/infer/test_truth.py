"""What traces say about who called whom."""

from __future__ import annotations

from collector.analysis.tree import build_tree
from collector.infer.records import Record
from collector.infer.truth import truth_of
from collector.model import Span


def span(number: int, parent: int, service: str, kind: str = "server") -> Span:
    start = 1000 * number
    return Span(
        number, parent, service, "op", f"GET /{number}", "http", start, 500, 0, {"span.kind": kind}
    )


def test_only_requests_count_and_each_knows_in_which_it_was_made() -> None:
    tree = build_tree(
        [
            span(1, 0, "web"),
            span(2, 1, "web", "client"),
            span(3, 2, "taster"),
            span(4, 3, "taster", "internal"),
            span(5, 4, "palate"),
            span(6, 1, "web"),
            span(7, 1, "db", "client"),
        ]
    )
    truth = truth_of([("one", tree), ("two", build_tree([span(1, 99, "web")]))])
    names = [request.name for request in truth.requests]
    calls = {
        (truth.requests[caller].name if caller >= 0 else "", request.name)
        for request, caller in zip(truth.requests, truth.callers, strict=True)
    }
    assert names == ["GET /1", "GET /3", "GET /5", "GET /6", "GET /1"]
    assert calls == {
        ("", "GET /1"),
        ("GET /1", "GET /3"),
        ("GET /3", "GET /5"),
        ("GET /1", "GET /6"),
    }
    assert truth.edges == {("web", "taster"): 1, ("taster", "palate"): 1}
    assert truth.requests[1] == Record("taster", "GET /3", 3000, 3500, "one")
