"""The five sealed builds run as real apps: their traces show what is wrong, and answers are marked
by what is stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import pytest

from tests.course.warm import WarmChild
from tutor import cli, http
from tutor.challenge.causes import CAUSES
from tutor.challenge.challenges import CHALLENGES, Challenge
from tutor.challenge.record import Record
from tutor.challenge.visitors import visit, wait_for_traces
from tutor.checks.stored_trace import Span, Trace, max_concurrent
from tutor.collector import Collector
from tutor.sandbox.temporary_stack import temporary_stack

BY_NUMBER = pytest.mark.parametrize("challenge", CHALLENGES, ids=str)


class Played:
    """The collector, after guests have been at all builds."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._traces: dict[int, list[Trace]] = {}

    def traces(self, challenge: Challenge) -> list[Trace]:
        """All traces of a build, the oldest first."""
        number = challenge.number
        if number not in self._traces:
            query = f"/api/traces?order=oldest&q=version:{challenge.version}"
            collector = Collector(self.url)
            found = [
                collector.trace(summary["trace_id"])
                for summary in http.get(self.url + query).json()["traces"]
            ]
            self._traces[number] = [Trace(trace, collector, "") for trace in found if trace]
        return self._traces[number]

    def evidence(self, challenge: Challenge, shows: bool) -> Span:
        """A span of a right operation, which shows the trouble or does not."""
        return next(
            span
            for trace in self.traces(challenge)
            for span in trace
            if span.name in challenge.key.operations
            if bool(challenge.key.why_not(span)) != shows
        )


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    """All builds, run beside each other with one Redis and one collector."""
    with pytest.MonkeyPatch.context() as patched, temporary_stack() as stack:
        patched.setattr("tutor.sandbox.temporary_stack.Child", WarmChild)
        url = stack.addresses["collector"]
        apps = [one.seal(stack.new_folder(one.version)) for one in CHALLENGES]
        builds = [stack.start(app) for app in apps]
        for challenge, build in zip(CHALLENGES, builds, strict=True):
            build.wait()
            began = time.time_ns()
            asked = visit(build.target.web, challenge.key.visits, lambda _: None)
            build.stop()  # which sends what is left of its traces
            wait_for_traces(challenge, Collector(url), began, asked)
        yield Played(url)


@pytest.fixture
def answer(
    played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Challenge, str, str, Span], int]:
    """Answers with `./workshop challenge answer`; returns the exit code."""
    monkeypatch.setenv("COLLECTOR_URL", played.url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    def ask(challenge: Challenge, operation: str, cause: str, span: Span) -> int:
        what = f"--operation {operation} --cause {cause} --trace {span.trace.id} --span {span.id}"
        return cli.main(["challenge", "answer", str(challenge.number), *what.split()])

    return ask


@BY_NUMBER
def test_a_right_answer_gets_three_points_and_the_lesson(challenge, played, answer, capsys):
    span = played.evidence(challenge, shows=True)
    assert answer(challenge, span.name, challenge.key.cause, span) == 0
    printed = capsys.readouterr().out
    assert "3 of 3 points" in printed
    assert challenge.key.learned[:40] in printed
    assert Record()[challenge.number].is_solved


@BY_NUMBER
def test_a_wrong_answer_gets_none_and_no_hint_of_the_right_one(challenge, played, answer, capsys):
    span = played.evidence(challenge, shows=False)
    cause = next(word for word in CAUSES if word != challenge.key.cause)
    assert answer(challenge, "beer.query", cause, span) == 1
    printed = " ".join(capsys.readouterr().out.split())
    assert "0 of 3 points" in printed
    assert CAUSES[cause].would_show in printed
    assert CAUSES[challenge.key.cause].what not in printed
    assert not any(operation in printed for operation in challenge.key.operations - {span.name})
    assert Record()[challenge.number].answers == 1


@BY_NUMBER
def test_a_span_that_does_not_show_it_is_refused_with_a_reason(challenge, played, answer, capsys):
    span = played.evidence(challenge, shows=False)
    assert answer(challenge, span.name, challenge.key.cause, span) == 1
    printed = " ".join(capsys.readouterr().out.split())
    assert f"✗ evidence: {challenge.key.why_not(span)}" in printed
    assert "2 of 3 points" in printed


def test_a_trace_of_another_build_is_no_evidence(played, answer, capsys):
    first, second = CHALLENGES[:2]
    span = played.evidence(second, shows=True)
    assert answer(first, span.name, first.key.cause, span) == 2
    assert "challenge-2, not of challenge-1" in capsys.readouterr().err
    assert Record()[1].answers == 0


def test_build_1_shows_calls_that_begin_together_and_end_in_groups_though_nobody_else_asks(played):
    traces = played.traces(CHALLENGES[0])
    assert not overlapping(traces)
    for trace in traces:
        first, *calls = trace.find("redis.command")
        assert len(calls) == 24
        assert max_concurrent(calls) > 12, "a thread for each of them"
        durations = sorted(call.duration for call in [first, *calls])
        assert durations[-1] > 3 * durations[0], "although none needs so long"


def test_build_2_shows_a_product_of_attempts_and_no_timeout(played):
    traces = played.traces(CHALLENGES[1])
    asked = {sum(span.error for span in trace.find(resource="GET /opinion")) for trace in traces}
    assert asked == {0, 9 + 27}, "nine calls by the taster, 27 arrive"
    assert {span.tags.get("error.type") for span in traces[1]} == {None, "503"}


def test_build_3_is_wrong_from_the_cache_and_while_nobody_else_asks(played):
    traces = played.traces(CHALLENGES[2])
    assert not overlapping(traces)
    wrong = [tags for tags in root_tags(traces) if tags["donut.sugar"] > tags["sugar.limit"]]
    assert len(wrong) == 4
    assert {tags["cache.hit"] for tags in wrong} == {"true"}
    for tags in wrong:  # never right before: not a matter of time
        asked = tags["beer.name"], tags["sugar.limit"]
        same = [
            other
            for other in root_tags(traces)
            if (other["beer.name"], other["sugar.limit"]) == asked
        ]
        assert all(other in wrong for other in same)


def test_build_4_shows_waiting_for_a_write_that_never_overlaps_another(played):
    traces = played.traces(CHALLENGES[3])
    writes = [span for trace in traces for span in trace.find("log.write")]
    takes = [span for trace in traces for span in trace.find("stock.take")]
    assert max_concurrent(writes) == 1
    assert max_concurrent(takes) > 2
    holds = [span for trace in traces for span in trace if span.name.startswith("stock.")]
    holders = {span.tags.get("holder.trace_id") for span in holds} - {None}
    assert holders <= {trace.id for trace in traces}
    for trace in traces:
        [write] = trace.find("log.write")
        assert bool(CHALLENGES[3].key.why_not(write)) == (trace.id not in holders)
    alone = traces[:3]
    assert not any("holder.trace_id" in one.tags for t in alone for one in t.find("stock.take"))


def test_build_5_is_wrong_only_where_traces_overlap_with_the_beer_of_the_other(played):
    traces = played.traces(CHALLENGES[4])
    beers = {trace.id: trace.root.tags["beer.name"] for trace in traces}
    tasted = {t.id: {span.tags["beer"] for span in t.find("palate.taste")} for t in traces}
    wrong = [trace for trace in traces if tasted[trace.id] != {beers[trace.id]}]
    assert wrong
    for trace in wrong:
        others = {beers[other.id] for other in traces if other is not trace and meet(trace, other)}
        assert tasted[trace.id] <= {beers[trace.id], *others}
        [server] = trace.find("flask.request", service="taster")
        assert server.tags["beer"] == beers[trace.id], "the taster was asked for the right one"


def root_tags(traces: list[Trace]) -> list[dict]:
    return [trace.root.tags for trace in traces]


def overlapping(traces: list[Trace]) -> bool:
    return any(meet(one, other) for one, other in combinations(traces, 2))


def meet(one: Trace, other: Trace) -> bool:
    """Whether two traces were at work at the same time: a root may end after its answer arrived."""
    first, second = sorted((one, other), key=lambda trace: trace.t0)
    last_end = max(span.end for span in first.root.descendants)
    return first.t0 + last_end > second.t0
