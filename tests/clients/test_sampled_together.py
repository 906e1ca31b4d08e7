"""Services under different tracers, each of which samples: a trace is whole or absent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from urllib.request import urlopen

import pytest

from tests.clients.conftest import ClientEnvironment
from tests.clients.relays import on_ddtrace, on_opentelemetry, on_our_tracer
from tests.clients.sending import get, open_collector
from tests.servers import Server
from tests.waiting import wait_until

VISITS = 60
SOME = range(12, 49)
"""How many of them a head at 50 % keeps, but for once in a million times."""
SETTLED_S = 2.5
"""All three clients send within this time."""
SAMPLES_HALF = {
    "opentelemetry": {
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.5",
    },
    "ddtrace": {"DD_TRACE_SAMPLING_RULES": '[{"sample_rate": 0.5}]'},
    "ours": {"TRACE_SAMPLING": "0.5"},
}
"""Settings with which each would keep half of all traces, if it were asked."""


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with open_collector(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.mark.parametrize(
    "systems",
    [
        ("opentelemetry", "ours", "ddtrace"),
        ("ddtrace", "ours", "opentelemetry"),
        ("ours", "ddtrace", "opentelemetry"),
    ],
    ids="-".join,
)
def test_the_first_decides_for_all(
    collector: Server, client_environment: ClientEnvironment, systems: tuple[str, ...]
) -> None:
    name = "-".join(systems)
    with ExitStack() as running:
        next_url = ""
        for place, system in reversed(list(enumerate(systems))):
            service = f"{name}-{place}"
            server = running.enter_context(
                _relay(system, collector, client_environment, service, next_url)
            )
            next_url = server.url
        addresses = [f"{next_url}/pair/{number}" for number in range(VISITS)]
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda address: urlopen(address, timeout=20).read(), addresses))
        traces = _settled(collector, f"{name}-*")
    assert len(traces) in SOME
    services = {f"{name}-{place}" for place in range(len(systems))}
    assert all(services <= set(trace["services"]) for trace in traces), "none has a part only"


def _relay(
    system: str, collector: Server, environment: ClientEnvironment, service: str, next_url: str
) -> AbstractContextManager[Server]:
    """Run a relay under one of the systems, which samples."""
    settings = SAMPLES_HALF[system]
    if system == "opentelemetry":
        return on_opentelemetry(
            collector, environment, service, "tracecontext", next_url, **settings
        )
    if system == "ddtrace":
        return on_ddtrace(collector, environment, service, "tracecontext", next_url, **settings)
    return on_our_tracer(collector, service, "tracecontext", next_url, **settings)


def _settled(collector: Server, services: str) -> list[Any]:
    """Return the traces with spans of these services, once no more have come for a while."""
    seen: list[Any] = []
    changed = time.monotonic()

    def is_settled() -> bool:
        nonlocal seen, changed
        now = get(collector, f"/api/traces?limit=500&q=service:{services}")["traces"]
        if now != seen:
            seen, changed = now, time.monotonic()
        return bool(seen) and time.monotonic() - changed > SETTLED_S

    wait_until(is_settled)
    return seen
