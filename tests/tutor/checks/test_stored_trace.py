"""Asking a stored trace."""

from __future__ import annotations

import pytest

from tutor.checks.stored_trace import Trace, max_concurrent, most_common_resource

ANSWER = {
    "trace_id": "ab" * 16,
    "t0": "1700000000000000000",
    "spans": 4,
    "strings": ["web", "db", "flask.request", "GET /pair/beer", "beer.query", "", "match"],
    "columns": {
        "id": ["01", "02", "03", "04"],
        "parent": [-1, 0, 0, 2],
        "service": [0, 1, 0, 1],
        "name": [2, 4, 6, 4],
        "resource": [3, 4, 6, 4],
        "type": [5, 5, 5, 5],
        "start": [0, 10, 20, 25],
        "duration": [100, 5, 50, 5],
        "error": [0, 0, 1, 0],
    },
}


class Details:
    """Stands in for the collector."""

    def span(self, trace_id, span_id):
        return {"tags": {"trace": trace_id, "span": span_id}, "events": []}


@pytest.fixture
def trace():
    return Trace(ANSWER, Details(), "http://ui/trace/1")


def test_spans_know_their_family(trace):
    root, query, match, below = trace
    assert trace.roots == [root]
    assert trace.root is root
    assert root.children == [query, match]
    assert root.descendants == [query, match, below]
    assert below.parent is match


def test_spans_are_found_by_name_service_and_resource(trace):
    assert [span.row for span in trace.find(name="beer.query")] == [1, 3]
    assert [span.row for span in trace.find(service="web", resource="match")] == [2]
    assert trace.find(name="none") == []


def test_a_span_tells_its_times_and_its_tags(trace):
    match = trace.find(name="match")[0]
    assert (match.start, match.end, match.error) == (20, 70, True)
    assert match.tags == {"trace": "ab" * 16, "span": "03"}


def test_a_trace_in_a_few_words(trace):
    assert trace.services == {"web", "db"}
    assert trace.outline() == "1 flask.request (web), 2 beer.query (db), 1 match (web)"
    assert trace.outline(max_kinds=1) == "1 flask.request (web), …"


def test_spans_that_overlap_are_counted_over_traces(trace):
    later = Trace({**ANSWER, "t0": "1700000000000000060"}, Details(), "http://ui/trace/2")
    queries = trace.find(name="beer.query")
    assert max_concurrent(queries) == 1
    assert max_concurrent(trace.find(name="match") + queries) == 2
    assert max_concurrent([*trace.find(name="match"), *later.find(name="flask.request")]) == 2
    assert max_concurrent([*queries, *later.find(name="flask.request")]) == 1
    assert max_concurrent([]) == 0


def test_what_ends_as_the_next_one_begins_does_not_overlap(trace):
    columns = {**ANSWER["columns"], "start": [0, 10, 15, 25]}
    touching = Trace({**ANSWER, "columns": columns}, Details(), "")
    assert max_concurrent([touching.spans[1], touching.spans[2]]) == 1


def test_the_teeth_of_a_comb(trace):
    assert most_common_resource(trace.spans) == ("beer.query", 2)
    assert most_common_resource([]) == ("", 0)
