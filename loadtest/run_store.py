"""Storing runs at the collector, and asking which app was under load.

The collector keeps runs beside the traces that they made (`/api/runs`). Nothing here may end a
run: whatever cannot be had is left out, with a line in the log.
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from typing import Any

import requests

log = logging.getLogger("loadtest")

COLLECTOR_URL = (os.environ.get("COLLECTOR_URL") or "http://127.0.0.1:8126").rstrip("/")
TIMEOUT_S = 3.0
"""Seconds to wait for one response."""
LAST_SPANS_S = 2.0
"""Seconds that the last spans may take to arrive."""
UNSAMPLED_HEADERS = {"traceparent": f"00-{'f' * 32}-{'f' * 16}-00"}
"""Headers of requests that are to leave no traces."""


def open_run(record: dict[str, Any]) -> int:
    """Store the beginning of a run; return its number, 0 if it cannot be stored."""
    try:
        response = requests.post(f"{COLLECTOR_URL}/api/runs", json=record, timeout=TIMEOUT_S)
        response.raise_for_status()
        return int(response.json()["number"])
    except (requests.RequestException, ValueError, KeyError) as problem:
        log.warning("the run is not stored: %s", _reason(problem))
        return 0


def store(number: int, record: dict[str, Any]) -> bool:
    """Store a run again, as it is now; return whether that worked."""
    try:
        url = f"{COLLECTOR_URL}/api/runs/{number}"
        requests.put(url, json=record, timeout=TIMEOUT_S).raise_for_status()
        return True
    except requests.RequestException as problem:
        log.warning("run %d is not stored: %s", number, _reason(problem))
        return False


def deploys(number: int) -> list[dict[str, Any]]:
    """Return the versions of the app that responded, most frequent first.

    They are counted in the newest traces of the run.
    """
    deadline = time.monotonic() + LAST_SPANS_S
    counts: Counter[str] = Counter()
    while number and not counts and time.monotonic() < deadline:
        time.sleep(0.2)
        try:
            query = {"q": f"load.run:{number}", "limit": "2000"}
            url = f"{COLLECTOR_URL}/api/traces"
            traces = requests.get(url, params=query, timeout=TIMEOUT_S).json()["traces"]
        except (requests.RequestException, ValueError, KeyError):
            return []
        counts.update(trace["version"] for trace in traces if trace["version"])
    return [{"version": version, "traces": count} for version, count in counts.most_common()]


def dials(*services: str) -> dict[str, dict[str, float]]:
    """Return the values and defaults of the dials of the services at these addresses.

    A service that does not respond is left out.
    """
    values: dict[str, dict[str, float]] = {}
    for url in filter(None, services):
        try:
            response = requests.get(f"{url}/dials", headers=UNSAMPLED_HEADERS, timeout=TIMEOUT_S)
            for name, dial in response.json().get("dials", {}).items():
                values[name] = {"value": dial["value"], "default": dial["default"]}
        except (requests.RequestException, ValueError, KeyError):
            continue
    return values


def _reason(problem: Exception) -> str:
    """Return what went wrong, in the collector's own words if there are any."""
    response = getattr(problem, "response", None)
    text = "" if response is None else response.text[:300]
    return text or f"no collector answers at {COLLECTOR_URL} ({type(problem).__name__})"
