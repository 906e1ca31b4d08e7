"""What the collector's verdicts are called on a page: kinds of findings, outcomes of an outage."""

from __future__ import annotations

FINDINGS = {
    "n_plus_one": "N+1",
    "sequential_fan_out": "staircase",
    "wait_before_work": "wait",
    "queue_at_server": "queue",
    "retry_storm": "retries",
    "round_timeout": "timeout",
    "childless_work": "one piece",
    "fat_query": "fat query",
    "never_cached": "never cached",
    "stampede": "stampede",
}
"""The kinds of findings (`collector/analysis/detectors`) in a word or two."""

OUTAGES = {
    "fails": "fails",
    "degrades": "degraded answer",
    "unaffected": "not affected",
    "unknown": "unknown",
}
"""What becomes of a route while a service is down."""

OUTAGE_SIGNS = {"fails": "◆", "degrades": "◐", "unaffected": "○", "unknown": "?"}


def finding(kind: str) -> str:
    """Return the word for a kind of finding, or its own name if there is no word for it."""
    return FINDINGS.get(kind, kind.replace("_", " "))
