"""Who fails when a service is down, read off what happened when it failed."""

from __future__ import annotations

from collector.analysis.outage import outcomes_without
from collector.analysis.route import Route
from collector.analysis.trace import Trace, read_trace
from tests.collector.analysis.traces import span


def request(route: str, calls: str = "", call_fails: bool = False, status: int = 200) -> Trace:
    """A request that may call a service, over the wire where that is the taster."""
    spans = [span(1, 0, 0, 100, "flask.request", "web", route, kind="server")]
    spans[0].tags["http.response.status_code"] = status
    if calls == "taster":
        failed = int(call_fails)
        spans.append(span(2, 1, 10, 50, "requests.request", kind="client", error=failed))
        if not call_fails:
            spans.append(span(3, 2, 11, 49, "flask.request", "taster", kind="server"))
    elif calls:
        spans.append(span(2, 1, 10, 50, "command", calls, error=int(call_fails)))
    return read_trace("0" * 32, spans)


def test_a_route_that_failed_when_its_call_did_will_fail() -> None:
    [outcome] = outcomes_without([request("/a", "db"), request("/a", "db", True, status=503)], "db")
    assert outcome.verdict == "fails"
    assert outcome.failing == 1


def test_a_route_that_answered_all_the_same_degrades() -> None:
    [outcome] = outcomes_without([request("/a", "redis", True), request("/a")], "redis")
    assert outcome.verdict == "degrades"
    assert outcome.failing == 0


def test_a_call_that_never_arrived_is_known_by_its_client_span() -> None:
    [outcome] = outcomes_without(
        [request("/a", "taster"), request("/a", "taster", True, status=503)], "taster"
    )
    assert (outcome.needing, outcome.seen, outcome.failed) == (2, 1, 1)


def test_a_refusal_is_an_answer() -> None:
    [outcome] = outcomes_without([request("/a", "db", True, status=404)], "db")
    assert outcome.verdict == "degrades"


def test_a_route_without_such_calls_is_unaffected_and_one_never_seen_failing_unknown() -> None:
    outcomes = outcomes_without([request("/a", "db"), request("/a"), request("/b")], "db")
    assert [(outcome.route, outcome.verdict) for outcome in outcomes] == [
        (Route("web", "/a"), "unknown"),
        (Route("web", "/b"), "unaffected"),
    ]
    assert outcomes[0].failing == 0.5
