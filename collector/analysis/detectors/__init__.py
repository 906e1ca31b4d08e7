"""Detectors: what is wrong with a trace. Each is a function from a trace to its findings; some look
at many traces together.

A detector names a problem only with evidence, and is silent about a healthy trace. The thresholds
are at the top of each file. Like the published ones of Sentry's detectors they are rules of thumb:
what they find is worth a look, not proven.
"""

from __future__ import annotations

from collections.abc import Sequence

from collector.analysis.cache_lookups import LookupInTrace
from collector.analysis.detectors.childless_work import childless_work
from collector.analysis.detectors.cross_trace_finding import CrossTraceFinding
from collector.analysis.detectors.fat_query import fat_query
from collector.analysis.detectors.finding import Finding
from collector.analysis.detectors.n_plus_one import n_plus_one
from collector.analysis.detectors.never_cached import never_cached
from collector.analysis.detectors.queue_at_server import queue_at_server
from collector.analysis.detectors.retry_storm import retry_storm
from collector.analysis.detectors.round_timeout import round_timeout
from collector.analysis.detectors.sequential_fan_out import sequential_fan_out
from collector.analysis.detectors.stampede import stampede
from collector.analysis.detectors.wait_before_work import wait_before_work
from collector.analysis.trace import Trace

DETECTORS = (
    n_plus_one,
    sequential_fan_out,
    wait_before_work,
    queue_at_server,
    retry_storm,
    round_timeout,
    childless_work,
    fat_query,
)
"""Detectors that look at one trace."""

CROSS_TRACE_DETECTORS = (never_cached, stampede)
"""Detectors that look at one operation's lookups in a cache, in many traces."""

__all__ = [
    "CROSS_TRACE_DETECTORS",
    "DETECTORS",
    "CrossTraceFinding",
    "Finding",
    "detect",
    "detect_across_traces",
]


def detect(trace: Trace) -> list[Finding]:
    """Return everything that any detector finds in a trace, the costliest first."""
    findings = [finding for detector in DETECTORS for finding in detector(trace)]
    return sorted(findings, key=lambda finding: -finding.cost)


def detect_across_traces(lookups: Sequence[LookupInTrace]) -> list[CrossTraceFinding]:
    """Return everything that any detector finds in the lookups of one operation, over many
    traces."""
    findings = [detector(lookups) for detector in CROSS_TRACE_DETECTORS]
    return [finding for finding in findings if finding]
