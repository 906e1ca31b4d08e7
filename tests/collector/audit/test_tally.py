"""What is counted of traces, however they arrive."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from collector.audit.learn import learned
from collector.audit.rules import OUTSIDE, read_rules
from collector.audit.tally import Tally
from collector.audit.trace_calls import read_calls
from collector.model import Chunk, Span
from tests.collector.audit.app_traces import RULES, back_door, intruder, pairing, span

SERVICES = st.sampled_from(
    ["web", "taster", "db", "", "outside", "a b", 'q"\\', "line\nbreak", "[x]"]
)


def counted(rules: str, *arrivals: Sequence[Span]) -> Tally:
    """Return the tally of a trace whose spans arrive in these chunks, checked after each."""
    tally = Tally(read_rules(rules))
    blobs = [msgspec.msgpack.encode(list(spans)) for spans in arrivals]
    for number in range(1, len(blobs) + 1):
        tally.add("a" * 32, read_calls(blobs[:number], tally.judge.is_run_of_interest))
    return tally


def test_a_clean_trace_breaks_nothing_in_whatever_order_it_arrives() -> None:
    for trace in (1, 2):
        tally = counted(RULES, *(chunk.spans for chunk in pairing(trace)))
        assert not tally.found
        assert (tally.traces, tally.spans, tally.unknown_callers) == (1, 9, 0)
        assert tally.calls()["web", "taster"] == 1


def test_a_forbidden_call_is_counted_once_with_its_evidence() -> None:
    one, *others = intruder(1).spans
    tally = counted(RULES, others[1:], others[:1], [one])
    [rule, _, _] = tally.counts()
    assert (rule.violations, rule.from_outside) == (1, 0)
    [violation] = rule.evidence
    assert (violation.subject, violation.object) == ("menu-printer", "taster")
    assert (violation.span_id, violation.trace_id) == (3, "a" * 32)


def test_a_server_without_a_parent_was_called_by_the_back_door() -> None:
    tally = counted(RULES, back_door(1).spans)
    assert tally.counts()[0].from_outside == 1
    assert not counted(RULES, [span(1, 0, "taster", "oven.clean")]).found, "nobody called"


def test_a_caller_whose_span_is_missing_is_unknown_and_no_violation() -> None:
    request = [span(2, 1, "taster", "flask.request", "server")]
    tally = counted(RULES, request)
    assert (tally.found, tally.unknown_callers) == (0, 1)
    tally = counted(RULES, request, [span(1, 0, "web", "requests.request", "client")])
    assert (tally.found, tally.unknown_callers) == (0, 0), "it came late"


def test_zipkins_shared_spans_are_one_call_also_before_their_client_arrives() -> None:
    client = span(1, 0, "web", "get", "client")
    server = span(1, 0, "taster", "get", "server", **{"zipkin.shared": "true"})
    for arrivals in ([[server], [client]], [[client], [server]], [[client, server]]):
        tally = counted(RULES, *arrivals)
        assert not tally.found
        assert tally.calls()["web", "taster"] == 1
        assert not tally.unknown_callers


def test_what_sends_no_spans_is_called_by_its_address() -> None:
    called = {"server.address": "db.example", "server.port": "5432"}
    call = span(1, 0, "locust", "query", "client", **called)
    assert counted("never locust calls db.example:5432", [call]).found == 1


def test_a_run_of_a_span_is_checked_by_name() -> None:
    assert counted(RULES, [span(1, 0, "web", "palate.taste")]).counts()[1].violations == 1


@st.composite
def traces(draw: st.DrawFn) -> list[Span]:
    """Draw the spans of a trace, parents in any order, some never received."""
    kinds = st.sampled_from(["", "server", "client"])
    return [
        span(number, draw(st.integers(0, 7)), draw(SERVICES), "op", draw(kinds))
        for number in range(1, draw(st.integers(1, 6)) + 1)
    ]


@given(traces(), st.randoms(use_true_random=False))
def test_counts_do_not_depend_on_how_a_trace_arrives(spans: list[Span], random: object) -> None:
    whole = counted("never * calls *", spans)
    shuffled = list(spans)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    pieces = counted("never * calls *", *([each] for each in shuffled))
    assert pieces.calls() == whole.calls()
    assert (pieces.found, pieces.spans) == (whole.found, whole.spans)
    assert pieces.unknown_callers == whole.unknown_callers


@given(traces())
def test_learned_rules_hold_and_forbid_whatever_was_not_there(spans: list[Span]) -> None:
    before = counted("", spans)
    services = {each.service or "(no name)" for each in spans}
    rules = learned(before, services)
    assert not counted(rules, spans).found
    judge = Tally(read_rules(rules)).judge
    for called in {called for _, called in before.calls()} & services:
        for caller in {*services, OUTSIDE, "stranger"} - {called}:
            is_new = (caller, called) not in before.calls()
            assert (judge.broken(caller, "call", called) >= 0) == is_new


@pytest.mark.parametrize("chunk", [intruder(1), back_door(1)])
@pytest.mark.parametrize("tag", ["user_agent.synthetic.type=test", "inferred.from=records"])
def test_what_searches_leave_out_is_not_checked(chunk: Chunk, tag: str) -> None:
    key, _, value = tag.partition("=")
    root, *others = chunk.spans
    marked = structs.replace(root, tags={**root.tags, key: value})
    for arrivals in ([[marked, *others]], [[marked], others]):
        tally = counted(RULES, *arrivals)
        assert (tally.traces, tally.spans, tally.found, tally.unknown_callers) == (0, 0, 0, 0)


def test_a_trace_that_says_late_that_a_test_has_asked_for_it_is_counted_no_more() -> None:
    taster = [span(7, 6, "taster", "flask.request", "server"), span(8, 7, "taster", "palate.taste")]
    assert counted(RULES, taster).unknown_callers == 1
    root = span(2, 0, "web", "flask.request", "server", **{"user_agent.synthetic.type": "test"})
    tally = counted(RULES, taster, [root])
    assert (tally.traces, tally.spans, tally.unknown_callers) == (0, 0, 0)


def test_other_values_of_these_tags_hide_nothing() -> None:
    [root] = back_door(1).spans
    marked = structs.replace(root, tags={**root.tags, "user_agent.synthetic.type": "bot"})
    assert counted(RULES, [marked]).found == 1


def test_a_trace_that_was_read_before_it_grew_takes_nothing_back() -> None:
    one, *others = intruder(1).spans
    tally = Tally(read_rules(RULES))
    for spans in ([one, *others], [one], [one, *others]):
        blob = msgspec.msgpack.encode(spans)
        tally.add("a" * 32, read_calls([blob], tally.judge.is_run_of_interest))
    [rule, _, _] = tally.counts()
    assert (tally.traces, tally.spans, rule.violations) == (1, 1 + len(others), 1)


def test_spans_that_show_up_before_those_that_were_checked_are_checked() -> None:
    """As do those that another collector began to insert before, and was slower to."""
    early, late = intruder(1).spans, [span for chunk in pairing(1) for span in chunk.spans]
    late = [structs.replace(span, span_id=100 + number) for number, span in enumerate(late)]
    tally = Tally(read_rules(RULES))
    for spans in (late, [*early, *late], [*early, *late]):
        blob = msgspec.msgpack.encode(spans)
        tally.add("a" * 32, read_calls([blob], tally.judge.is_run_of_interest))
    [rule, _, _] = tally.counts()
    assert (tally.traces, tally.spans, rule.violations) == (1, len(early) + len(late), 1)
