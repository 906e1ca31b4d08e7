"""Who fails when a service is down, read off what happened when it failed."""

from __future__ import annotations

import pytest

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
    assert outcomes[0].failing is None
    low, high = outcomes[0].failing_range
    assert low == 0
    assert high > 0.5


def tasting(*statuses: str, answers: int = 200) -> Trace:
    """A pairing whose calls to the taster end with an HTTP status, with `timeout` (its server goes
    on) or `refused` (nothing arrives)."""
    spans = [span(1, 0, 0, 1000, "flask.request", "web", "GET /pair", kind="server")]
    spans[0].tags["http.response.status_code"] = str(answers)
    for number, status in enumerate(statuses):
        at, call = number * 50, 10 * (number + 1)
        failed = int(status[0] not in "23")
        spans.append(span(call, 1, at, at + 40, "requests.request", kind="client", error=failed))
        if status != "refused":
            arrived = span(
                call + 1, call, at + 1, at + 39, "flask.request", "taster", kind="server"
            )
            spans.append(arrived)
        if status.isdigit():
            for answered in spans[-2:]:
                answered.tags["http.response.status_code"] = status
                answered.error = int(status[0] == "5")
            spans[-2].error = failed
    return read_trace("0" * 32, spans)


@pytest.mark.parametrize(
    ("calls", "away"),
    [
        (["200"] * 12, False),
        (["timeout"] + ["200"] * 11, False),
        (["200"] * 11 + ["timeout"] * 3, False),
        (["refused"] * 11 + ["200"], False),
        (["refused"], True),
        (["refused"] * 3, True),
        (["timeout"] * 3, True),
        (["503", "timeout", "refused"], True),
        (["500"], True),
        (["404"], False),
        (["429", "refused"], False),
    ],
)
def test_a_service_was_away_where_all_calls_to_it_failed(calls: list[str], away: bool) -> None:
    [outcome] = outcomes_without([tasting("200"), tasting(*calls, answers=503)], "taster")
    assert (outcome.needing, outcome.seen, outcome.failed) == (2, int(away), int(away))


def test_one_failed_attempt_in_each_trace_says_nothing_about_an_outage() -> None:
    [outcome] = outcomes_without([tasting(*["200"] * 11, "timeout")] * 50, "taster")
    assert (outcome.verdict, outcome.failing) == ("unknown", None)
    assert outcome.failing_range == (0, 1)


def test_a_client_that_leads_to_two_services_is_no_evidence_without_a_server() -> None:
    to_taster, to_mixer, lost = tasting("200"), tasting("200"), tasting("refused", answers=503)
    for server in to_mixer.tree.spans[2:]:
        server.service = "mixer"
    [outcome] = outcomes_without([to_taster, to_mixer, lost], "taster")
    assert (outcome.traces, outcome.needing, outcome.seen) == (3, 1, 0)


@pytest.mark.parametrize(("seen", "low"), [(1, 0.2), (20, 0.8), (1_000, 0.99)])
def test_the_more_traces_an_answer_rests_on_the_narrower_it_is(seen: int, low: float) -> None:
    without = [tasting("refused", answers=503)] * seen
    [outcome] = outcomes_without([*[tasting("200")] * 1_000, *without], "taster")
    assert outcome.failing == 1
    assert low < outcome.failing_range[0] < 1
    assert outcome.failing_range[1] == 1
