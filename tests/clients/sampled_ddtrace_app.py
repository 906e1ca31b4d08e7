"""A program of which Datadog's client keeps a share of the traces; prints how many it has begun,
and how many of them it has kept.

Run by test_sampled_weights.py in its own process, because the client patches the process it is in.
Environment variables say what it keeps, and how it sends.
"""

from __future__ import annotations

import json
import os
import sys

from ddtrace.trace import tracer

TRACES = 1_500
SERVICE = os.environ["DD_SERVICE"]
(RULE,) = json.loads(os.environ["DD_TRACE_SAMPLING_RULES"])


def main() -> None:
    """Begin traces of one span each."""
    kept = 0
    for _ in range(TRACES):
        with tracer.trace("request") as span:
            pass
        kept += (span.context.sampling_priority or 0) > 0
    tracer.flush()
    said = {"service": SERVICE, "rate": RULE["sample_rate"], "begun": TRACES, "kept": kept}
    json.dump([said], sys.stdout)


main()
