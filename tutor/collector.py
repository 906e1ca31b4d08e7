"""A client of the collector's HTTP API, which `docs/api.md` describes."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from tutor import http
from tutor.errors import NotReadyError

PAIRING = 'root.resource:"GET /pair/beer"'
"""The search for traces that begin with a request for a pairing, the app's slow route."""


class Collector:
    """The collector at one address.

    Every method raises `NotReadyError` if nothing, or something else, answers there.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def stats(self) -> dict[str, Any]:
        """Return the counters of `/stats`."""
        return self._ask("/stats")

    def receivers(self) -> dict[str, Any]:
        """Return where each format comes in: the answer of `/api/receivers`."""
        return self._ask("/api/receivers")

    def tail_wait_s(self) -> float:
        """Return the seconds for which traces are held for a decision; 0 if all are kept."""
        return float(self._ask("/api/sampling")["tail"]["wait_s"])

    def summary(self, query: str, since: int = 0) -> dict[str, Any]:
        """Return count and percentiles (ns) of the traces that match `query` and began at or after
        `since` (ns since 1970)."""
        return self._ask("/api/summary", q=query, **{"from": str(since)})

    def trace(self, trace_id: str) -> dict[str, Any] | None:
        """Return one trace as columns, or None if it is not stored (yet)."""
        answer = http.get(f"{self.url}/api/trace/{trace_id}")
        return None if answer.status == 404 else self._read(answer)

    def trace_as_text(self, trace_id: str, fold: bool) -> str:
        """Return a stored trace as lines for people: with `fold`, similar calls share a line."""
        form = "text" if fold else "text-unfolded"
        answer = http.get(f"{self.url}/api/trace/{trace_id}/export?format={form}", timeout=60)
        if answer.status != 200:
            raise NotReadyError(f"the trace can't be shown: {answer.text[:200]}")
        return answer.text

    def span(self, trace_id: str, span_id: str) -> dict[str, Any]:
        """Return one span with its tags, events and links."""
        return self._ask(f"/api/trace/{trace_id}/span/{span_id}")

    def insight(self, trace_id: str) -> dict[str, Any]:
        """Return what is worth knowing about a stored trace: its critical path, findings, skew."""
        return self._ask(f"/api/trace/{trace_id}/insight")

    def whole_trace(self, trace_id: str, timeout_s: float = 5) -> dict[str, Any] | None:
        """Return the trace once all of it seems to have arrived, or None if none of it has.

        It is taken to be whole when its root is there and no span was added for longer than a
        tracer waits between two batches; after `timeout_s`, whatever is there is returned. As long
        as the collector holds it for a decision of its sampling policies, that is waited for.
        """
        deadline = time.monotonic() + timeout_s
        trace, changed_at = self.trace(trace_id), time.monotonic()
        while time.monotonic() < deadline:
            if trace is None and self.holds(trace_id):
                deadline = max(deadline, time.monotonic() + timeout_s)
            time.sleep(0.1)
            now = self.trace(trace_id)
            if now is None or trace is None or now["spans"] != trace["spans"]:
                trace, changed_at = now, time.monotonic()
            elif now["complete"] and time.monotonic() - changed_at > 0.7:
                break
        return trace

    def holds(self, trace_id: str) -> bool:
        """Return whether a trace waits for a decision of the sampling policies."""
        answer = http.get(f"{self.url}/api/trace/{trace_id}/summary")
        return answer.status == 404 and bool(answer.json().get("held"))

    def _ask(self, path: str, **parameters: str) -> dict[str, Any]:
        query = f"?{urlencode(parameters)}" if parameters else ""
        return self._read(http.get(f"{self.url}{path}{query}"))

    def _read(self, answer: http.Answer) -> dict[str, Any]:
        try:
            body = answer.json()
        except ValueError:
            body = None
        if answer.status != 200 or not isinstance(body, dict):
            raise NotReadyError(
                f"what answers at {self.url} is not the workshop's collector:"
                f" {answer.status} {answer.text[:200]}"
            )
        return body
