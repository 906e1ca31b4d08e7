"""What was inferred, and how right it is, as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.infer.critical_shares import Shares
from collector.infer.inference import Inference
from collector.infer.rejects import Rejects
from collector.infer.score import Score

Json = dict[str, Any]


def document(
    inference: Inference, shares: Shares, score: Score | None, rejects: Mapping[str, Rejects]
) -> Json:
    """Return all of it. Times are in ns; `start`, since 1970, is a text, as it is in the API."""
    return {
        "records": [
            {
                "service": record.service,
                "name": record.name,
                "start": str(record.start),
                "duration": record.end - record.start,
                "request_id": record.request_id,
                "parent": placement.parent if placement.parent >= 0 else None,
                "confidence": placement.confidence,
                "possible_parents": placement.possible,
            }
            for record, placement in zip(inference.records, inference.placements, strict=True)
        ],
        "edges": [
            {
                "caller": edge.caller,
                "called": edge.called,
                "calls": edge.calls,
                "confidence": edge.confidence,
                "ambiguous": edge.ambiguous,
                "duration": edge.duration,
                "how": edge.how,
            }
            for edge in inference.edges
        ],
        "shares": dict(shares),
        "score": _score(score) if score else None,
        "rejected": {name: _rejected(lines) for name, lines in rejects.items() if lines.count},
    }


def _score(score: Score) -> Json:
    return {
        "edges": score.edges.as_json(),
        "calls_by_edge": score.weighted.as_json(),
        "calls": score.spans.as_json(),
        "shares_error": score.shares_error,
        "matched": score.matched,
        "only_records": score.only_records,
        "only_traces": score.only_traces,
    }


def _rejected(rejects: Rejects) -> Json:
    kept = [{"line": reject.line, "reason": reject.reason} for reject in rejects.kept]
    return {"lines": rejects.count, "first": kept}
