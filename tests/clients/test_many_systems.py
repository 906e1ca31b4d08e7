"""One trace through services that are traced by different systems."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.clients.conftest import ClientEnvironment
from tests.clients.relays import on_ddtrace, on_opentelemetry, on_our_tracer
from tests.clients.sending import get, open_collector, port_of
from tests.servers import Server
from tests.waiting import wait_until

HERE = Path(__file__).parent
CHAIN = {"visitor": {""}, "web": {"visitor"}, "taster": {"web"}}
"""Who calls each service."""


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector with all its ports open."""
    with open_collector(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.mark.parametrize("carried", ["tracecontext", "b3", "b3multi"])
def test_opentelemetry_ddtrace_and_py_zipkin_make_one_trace(
    collector: Server, client_environment: ClientEnvironment, carried: str
) -> None:
    with (
        on_ddtrace(collector, client_environment, "taster", carried) as taster,
        on_opentelemetry(
            collector, client_environment, "web", f"{carried},b3multi", taster.url
        ) as web,
    ):
        _check_visits_with_b3(collector, client_environment, web)


@pytest.mark.parametrize(
    ("propagation", "read"),
    [("b3", "b3"), ("b3multi", "b3multi"), ("tracecontext,b3", "tracecontext")],
)
def test_our_tracer_is_between_py_zipkin_and_ddtrace(
    collector: Server,
    client_environment: ClientEnvironment,
    propagation: str,
    read: str,
) -> None:
    with (
        on_ddtrace(collector, client_environment, "taster", read) as taster,
        on_our_tracer(collector, "web", propagation, taster.url) as web,
    ):
        _check_visits_with_b3(collector, client_environment, web)


@pytest.mark.parametrize(
    ("program", "receiver", "propagation"),
    [
        ("jaeger_visit.py", "jaeger-compact", "jaeger,b3"),
        ("xray_visit.py", "xray-daemon", "xray,tracecontext"),
    ],
)
def test_our_tracer_is_between_older_systems_and_opentelemetry(
    collector: Server,
    client_environment: ClientEnvironment,
    program: str,
    receiver: str,
    propagation: str,
) -> None:
    written = propagation.partition(",")[2]
    with (
        on_opentelemetry(collector, client_environment, "taster", written) as taster,
        on_our_tracer(collector, "web", propagation, taster.url) as web,
    ):
        python = client_environment("opentracing")
        trace_id = _visit(python, program, web.url, port_of(collector, receiver))
        callers = _callers(collector, trace_id)
    assert callers == CHAIN


def _check_visits_with_b3(
    collector: Server, client_environment: ClientEnvironment, web: Server
) -> None:
    """Visit web with a short and with a long trace id, each of which must become one trace."""
    for id_bits in (64, 128):
        python = client_environment("py-zipkin")
        trace_id = _visit(python, "py_zipkin_visit.py", web.url, collector.url, id_bits)
        assert len(trace_id) * 4 == id_bits
        assert _callers(collector, trace_id) == CHAIN


def _visit(python: Path, program: str, url: str, *arguments: object) -> str:
    """Have a script ask for a beer; return the id of its trace, as it has it."""
    done = subprocess.run(
        [python, "-W", "ignore", HERE / program, f"{url}/pair/beer", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def _callers(collector: Server, trace_id: str) -> dict[str, set[str]]:
    """Return who calls each service of a trace, once it is whole: a tree with one root.

    The clients send when it suits them, so that for a moment parents may be missing.
    """
    path = f"/api/trace/{trace_id.zfill(32)}"
    answers: list[Any] = []

    def is_whole() -> bool:
        with suppress(HTTPError):
            answers.append(get(collector, path))
        return bool(answers) and answers[-1]["complete"] and len(answers[-1]["services"]) == 3

    wait_until(is_whole)
    trace = answers[-1]
    columns, strings = trace["columns"], trace["strings"]
    assert columns["parent"].count(-1) == 1
    # The clients read the clock in different ways; on a busy machine that looks like a skew.
    assert [each for each in trace["odd"] if each["kind"] != "clock_skew"] == []
    services = [strings[number] for number in columns["service"]]
    callers: dict[str, set[str]] = {service: set() for service in services}
    for service, parent in zip(services, columns["parent"], strict=True):
        caller = services[parent] if parent >= 0 else ""
        if caller != service:
            callers[service].add(caller)
    return callers
