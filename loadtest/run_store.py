"""archive: where runs are kept, and what is known of the app that was under load.

The collector keeps runs beside the traces that they made (`/api/runs`). Nothing here may end a
run: what cannot be asked for is left out, and said.
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
PATIENCE = 3.0
"""Seconds for one answer."""
ARRIVAL = 2.0
"""Seconds that the last spans may take on their way."""
UNSAMPLED = {"traceparent": f"00-{'f' * 32}-{'f' * 16}-00"}
"""Looking at the app leaves no traces."""


def open_run(record: dict[str, Any]) -> int:
    """Store the beginning of a run; its number, 0 if it cannot be stored."""
    try:
        answer = requests.post(f"{COLLECTOR_URL}/api/runs", json=record, timeout=PATIENCE)
        answer.raise_for_status()
        return int(answer.json()["number"])
    except (requests.RequestException, ValueError, KeyError) as problem:
        log.warning("the run is not stored: %s", _reason(problem))
        return 0


def store(number: int, record: dict[str, Any]) -> bool:
    """Store a run again, as it is now; whether that worked."""
    try:
        url = f"{COLLECTOR_URL}/api/runs/{number}"
        requests.put(url, json=record, timeout=PATIENCE).raise_for_status()
        return True
    except requests.RequestException as problem:
        log.warning("run %d is not stored: %s", number, _reason(problem))
        return False


def deploys(number: int) -> list[dict[str, Any]]:
    """Which versions of the app answered, as the newest traces of the run say, most first."""
    deadline = time.monotonic() + ARRIVAL
    counted: Counter[str] = Counter()
    while number and not counted and time.monotonic() < deadline:
        time.sleep(0.2)
        try:
            asked = {"q": f"load.run:{number}", "limit": "2000"}
            url = f"{COLLECTOR_URL}/api/traces"
            found = requests.get(url, params=asked, timeout=PATIENCE).json()["traces"]
        except (requests.RequestException, ValueError, KeyError):
            return []
        counted.update(trace["version"] for trace in found if trace["version"])
    return [{"version": version, "traces": count} for version, count in counted.most_common()]


def dials(*services: str) -> dict[str, dict[str, float]]:
    """Where the dials of the services at these addresses stand, and where they started; none of a
    service that does not tell."""
    found: dict[str, dict[str, float]] = {}
    for url in filter(None, services):
        try:
            answer = requests.get(f"{url}/dials", headers=UNSAMPLED, timeout=PATIENCE)
            for name, dial in answer.json().get("dials", {}).items():
                found[name] = {"value": dial["value"], "default": dial["default"]}
        except (requests.RequestException, ValueError, KeyError):
            continue
    return found


def _reason(problem: Exception) -> str:
    """What went wrong, as the collector says it if it does."""
    answer = getattr(problem, "response", None)
    said = "" if answer is None else answer.text[:300]
    return said or f"no collector answers at {COLLECTOR_URL} ({type(problem).__name__})"
