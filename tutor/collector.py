"""Asking the collector, over the HTTP API that `docs/api.md` describes."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from tutor import http
from tutor.errors import NotReadyError

PAIRING = 'root.resource:"GET /pair/beer"'
"""The search for the traces of the app's one slow route, made by a browser or `curl`."""


class Collector:
    """The collector at one address."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def stats(self) -> dict[str, Any]:
        """The counters of `/stats`."""
        return self._ask("/stats")

    def summary(self, query: str, since: int = 0) -> dict[str, Any]:
        """Count and percentiles (ns) of the traces that match, started at or after `since` (ns)."""
        return self._ask("/api/summary", q=query, **{"from": str(since)})

    def trace(self, trace_id: str) -> dict[str, Any] | None:
        """One trace as columns, or None if it is not stored (yet)."""
        answer = http.get(f"{self.url}/api/trace/{trace_id}")
        return None if answer.status == 404 else self._read(answer)

    def span(self, trace_id: str, span_id: str) -> dict[str, Any]:
        """One span with its tags, events and links."""
        return self._ask(f"/api/trace/{trace_id}/span/{span_id}")

    def whole_trace(self, trace_id: str, patience: float = 5) -> dict[str, Any] | None:
        """The trace once all of it seems to have arrived: its root is there and, for longer than a
        tracer waits between two batches, no span was added. None if it never came."""
        deadline = time.monotonic() + patience
        found, seen_at = self.trace(trace_id), time.monotonic()
        while time.monotonic() < deadline:
            time.sleep(0.1)
            now = self.trace(trace_id)
            if now is None or found is None or now["spans"] != found["spans"]:
                found, seen_at = now, time.monotonic()
            elif now["complete"] and time.monotonic() - seen_at > 0.7:
                break
        return found

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
                f"what answers at {self.url} is not our collector:"
                f" {answer.status} {answer.text[:200]}"
            )
        return body
