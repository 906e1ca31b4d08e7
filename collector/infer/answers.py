"""Stored inferences compared with the truth, as the API answers it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from heapq import nlargest

from collector.infer.critical_shares import critical_shares
from collector.infer.hypotheses import find_relations
from collector.infer.matching import match
from collector.infer.score import EdgeKey, Score, score
from collector.infer.stored import Stored
from collector.infer.truth import Truth

Json = dict[str, object]

MAX_EDGES = 300
"""Edges of an answer, those with the most calls."""
MAX_CALLS = 1_000
"""Calls of one trace that an answer has, the first."""
MAX_NAMES = 100

HOW_COMPUTED = {
    "precision": "share of what was inferred that is right (collector.infer.score.Ratio)",
    "recall": "share of what is true that was inferred (collector.infer.score.Ratio)",
    "confidence": "mean probability of the callers, given all calls that might have been theirs"
    " (collector.infer.nesting.place)",
    "guessed": "calls that lie within more than one request which may have made them"
    " (collector.infer.join.candidates)",
    "matched": "requests that are in the records and in the traces: of the same service, at nearest"
    " the same time (collector.infer.matching.match)",
    "shares": "share of all time on critical paths"
    " (collector.infer.critical_shares.critical_shares, collector.infer.truth.Truth)",
}


def set_answer(stored: Stored, truth: Truth) -> Json:
    """Return how right a set of inferred traces is, edge by edge."""
    forest = stored.forest
    relations = find_relations(forest, stored.guessed)
    shares = critical_shares(forest, relations)
    result = score(forest, truth, shares)
    true_shares = result.true_shares
    names = sorted(shares.keys() | true_shares.keys(), key=lambda name: -shares.get(name, 0))
    edges = _edges(stored, truth, result)
    return {
        "edges": edges[:MAX_EDGES],
        "edges_left_out": max(0, len(edges) - MAX_EDGES),
        "score": {
            "edges": result.edges.as_json(),
            "weighted": result.weighted.as_json(),
            "calls": result.spans.as_json(),
        },
        "shares": [
            {"service": name, "inferred": shares.get(name, 0), "true": true_shares.get(name, 0)}
            for name in names[:MAX_NAMES]
        ],
        "shares_error": result.shares_error,
        "matched": result.matched,
        "only_records": result.only_records,
        "only_traces": result.only_traces,
        "unknown": result.unknown[:MAX_NAMES],
        "how": HOW_COMPUTED,
    }


def trace_answer(stored: Stored, truth: Truth) -> Json:
    """Return how right one inferred trace is, call by call. `stored` has that trace only."""
    forest = stored.forest
    matched = match(forest, truth.requests)
    calls: list[Json] = []
    for index in (i for i in range(len(forest.records)) if forest.is_server(i)):
        parent, place = forest.server(index), matched.get(index, -1)
        verdict = _verdict(parent, place, matched, truth)
        record = forest.records[index]
        calls.append(
            {
                "span_id": f"{stored.span_ids[index]:016x}",
                "service": record.service,
                "start": record.start - forest.records[0].start,
                "duration": record.end - record.start,
                "confidence": stored.confidence_to(index, parent) if parent >= 0 else None,
                "possible": stored.possible[index],
                "verdict": verdict,
                "name": truth.requests[place].name if place >= 0 else "",
                "true_trace_id": truth.requests[place].request_id if place >= 0 else None,
            }
        )
    root = truth.requests[matched[0]].request_id if 0 in matched else None
    taken = set(matched.values())
    not_found = [
        {
            "service": request.service,
            "name": request.name,
            "start": request.start - forest.records[0].start,
            "duration": request.end - request.start,
        }
        for place, request in enumerate(truth.requests)
        if request.request_id == root and place not in taken
    ]
    return {
        "true_trace_id": root,
        "calls": calls[:MAX_CALLS],
        "calls_left_out": max(0, len(calls) - MAX_CALLS),
        "right": sum(call["verdict"] == "right" for call in calls),
        "wrong": sum(call["verdict"] == "wrong" for call in calls),
        "not_found": not_found[:MAX_CALLS],
        "not_found_left_out": max(0, len(not_found) - MAX_CALLS),
        "how": HOW_COMPUTED,
    }


def _verdict(parent: int, place: int, matched: dict[int, int], truth: Truth) -> str:
    """Return `right` or `wrong`, or `unknown` where no trace has the request or its caller."""
    if place < 0:
        return "unknown"
    true_parent = truth.callers[place]
    if parent < 0:
        return "right" if true_parent < 0 else "wrong"
    if parent not in matched:
        return "unknown"
    return "right" if matched[parent] == true_parent else "wrong"


def _edges(stored: Stored, truth: Truth, result: Score) -> list[Json]:
    """Return the inferred edges and those that are missing, the most calls first."""
    forest = stored.forest
    by_edge: dict[EdgeKey, list[int]] = defaultdict(list)
    for index, record in enumerate(forest.records):
        parent = forest.server(index)
        if parent >= 0 and forest.is_server(index):
            by_edge[forest.records[parent].service, record.service].append(index)
    true = truth.edges
    edges = [_edge(edge, of, stored, result, true[edge]) for edge, of in by_edge.items()]
    edges += [
        {
            "caller": caller,
            "called": called,
            "calls": 0,
            "confidence": None,
            "guessed": 0,
            "true_calls": true[caller, called],
            "verdict": "missing",
        }
        for caller, called in result.missing
    ]
    return nlargest(len(edges), edges, key=lambda edge: (edge["calls"], edge["true_calls"]))


def _edge(
    edge: EdgeKey, indexes: Sequence[int], stored: Stored, result: Score, true_calls: int
) -> Json:
    forest = stored.forest
    sure = sum(stored.confidence_to(index, forest.server(index)) for index in indexes)
    known = not {*edge} & {*result.unknown}
    return {
        "caller": edge[0],
        "called": edge[1],
        "calls": len(indexes),
        "confidence": sure / len(indexes),
        "guessed": sum(stored.possible[index] > 1 for index in indexes),
        "true_calls": true_calls if known else None,
        "verdict": ("wrong" if edge in result.wrong else "right") if known else "unknown",
    }
