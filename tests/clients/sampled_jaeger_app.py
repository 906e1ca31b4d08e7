"""A program of which Jaeger's client keeps as many traces as the collector tells it to; prints how
many it has begun, and how many of them it has kept.

Run by test_sampled_weights.py with the Python of the environment `opentracing`. Its arguments are
the port for spans and the one that knows how many to keep.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from jaeger_client import Tracer
from jaeger_client.config import Config
from jaeger_client.sampler import AdaptiveSampler, ProbabilisticSampler

PORT, SAMPLING_PORT = int(sys.argv[1]), int(sys.argv[2])
TRACES = 1_500
WAIT_S = 20.0


def main() -> None:
    """Begin traces in a service with one rate for all, and in one with a rate for an operation."""
    whole = _tracer("one-rate", lambda sampler: sampler == ProbabilisticSampler(0.3))
    parts = _tracer("rates-of-operations", lambda sampler: isinstance(sampler, AdaptiveSampler))
    said = [
        begin(whole, "one-rate", "request", 0.3),
        begin(parts, "rates-of-operations", "taste", 0.07),
        begin(parts, "rates-of-operations", "request", 0.4),
    ]
    for tracer in (whole, parts):
        _wait_for(tracer.close().done)
    json.dump(said, sys.stdout)


def begin(tracer: Tracer, service: str, operation: str, rate: float) -> dict[str, object]:  # type: ignore[no-any-unimported]
    """Begin traces of one span each, all of which a socket has room for; return what became of
    them."""
    kept = 0
    for _ in range(TRACES):
        span = tracer.start_span(operation)
        kept += span.is_sampled()
        span.finish()
    return {"service": service, "name": operation, "rate": rate, "begun": TRACES, "kept": kept}


def _tracer(service: str, is_told: Callable[[Any], bool]) -> Tracer:  # type: ignore[no-any-unimported]
    """Return a tracer once it was told what to keep: at first, it keeps one in a thousand."""
    settings = {
        "local_agent": {"reporting_port": PORT, "sampling_port": SAMPLING_PORT},
        "sampling_refresh_interval": 0.05,
        "reporter_queue_size": 2 * TRACES,
    }
    tracer = Config(settings, service_name=service).new_tracer()
    _wait_for(lambda: is_told(tracer.sampler.sampler))
    return tracer


def _wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


main()
