"""The rules of an audit, tried on traces in a collector of their own: the learner's has no trace of
it, and what happened there before does not matter."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence
from typing import Any

from tutor import http
from tutor.audit.collector_audit import Audit
from tutor.checks.stored_trace import Trace
from tutor.errors import NotReadyError
from tutor.sandbox.temporary_stack import TemporaryStack

MADE_BY_CHECKS = "user_agent.synthetic.type"
"""The tag that marks the requests of checks, which an audit leaves out like everything else."""

Json = dict[str, Any]


class TriedRules:
    """The rules in `text`, in the collector of a temporary stack.

    Every method raises `UsageError` if the rules can't be read, `NotReadyError` if that collector
    does not answer.
    """

    def __init__(self, text: bytes, stack: TemporaryStack) -> None:
        stack.wait()
        self._text = text
        self._collector = stack.addresses["collector"]

    def broken_by(self, traces: Sequence[Json]) -> list[Json]:
        """Store traces, and return the violations in all that are stored by now, as `/api/audit`
        has them."""
        body = json.dumps({"traces": traces}).encode()
        answer = http.post(f"{self._collector}/api/import", body)
        if answer.status != 200:
            raise NotReadyError(f"the traces can't be stored: {answer.text[:200]}")
        found = Audit(self._collector).by_rules(self._text)
        return [violation for rule in found["rules"] for violation in rule["evidence"]]


def as_of_a_visitor(trace: Trace) -> Json:
    """Return a copy of a trace, to be stored elsewhere, as if no check had asked for it."""
    spans = []
    for span in trace:
        details = span.details
        tags = {key: value for key, value in details["tags"].items() if key != MADE_BY_CHECKS}
        spans.append({**details, "tags": tags})
    return {"trace_id": trace.id, "spans": spans}


def made_up(*spans: tuple[str, str, str]) -> Json:
    """Return a trace of spans, each the parent of the next, given as service, operation and kind
    (`server`, or "")."""
    made: list[Json] = []
    now = time.time_ns()
    for service, name, kind in spans:
        made.append(
            {
                "id": secrets.token_hex(8),
                "parent_id": made[-1]["id"] if made else None,
                "service": service,
                "name": name,
                "resource": name,
                "start": str(now),
                "duration": 1_000_000,
                "tags": {"span.kind": kind} if kind else {},
            }
        )
    return {"trace_id": secrets.token_hex(16), "spans": made}
