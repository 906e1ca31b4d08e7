"""A history and the collector give the same tree, or the history says exactly what it lacks."""

from __future__ import annotations

from collections import Counter

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from collector.analysis.chain import verify
from collector.analysis.forks import find_forks
from collector.analysis.tree import build_tree
from collector.model import Span
from tests.tracer.history.runs import STEPS, Run, late_work
from tracer.history import History, Point

US = 1_000


def agrees(point: Point, span: Span) -> bool:
    """Whether a point is this span, as far as it can know."""
    return (
        (point.parent_id, point.service, point.name, point.resource)
        == (span.parent_id, span.service, span.name, span.resource)
        and point.error == bool(span.error)
        and abs(point.start - span.start) < US
        and (point.duration < span.duration + US)
        and (point.open or point.duration > span.duration - US)
    )


def check_known(history: History, stored: list[Span]) -> list[Span]:
    """Check that all points are stored spans; return the spans that are no points."""
    by_id = {span.span_id: span for span in stored}
    for point in history.points:
        assert agrees(point, by_id[point.span_id]), point
    known = {point.span_id for point in history.points}
    return [span for span in stored if span.span_id not in known]


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_the_same_tree_where_nothing_is_cut_and_nothing_comes_late(steps):
    assume(not late_work(steps))
    run = Run()
    history, stored = run.play(steps), run.stored()
    assert history.complete
    assert check_known(history, stored) == []
    tree = build_tree(stored)
    assert not tree.anomalies
    points = {point.span_id: point for point in history.points}
    for row, span in enumerate(tree.spans):
        above = tree.parent[row]
        assert points[span.span_id].parent_id == (tree.spans[above].span_id if above >= 0 else 0)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(100, 700))
def test_what_is_cut_is_said_exactly(steps, max_bytes):
    assume(not late_work(steps))
    run = Run(max_bytes)
    history = run.play(steps)
    missing = Counter((span.service, span.name) for span in check_known(history, run.stored()))
    named = Counter({kind: number for kind, number in history.cut.items() if any(kind)})
    assert history.cut.total() == missing.total()
    assert named <= missing


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_only_what_comes_after_an_answer_is_missing_in_silence(steps):
    run = Run()
    history, stored = run.play(steps), run.stored()
    missing = {span.span_id for span in check_known(history, stored)}
    open_ones = {point.span_id for point in history.points if point.open}
    assert not history.cut
    assert bool(missing) == late_work(steps)
    for span in stored:
        if span.span_id in missing:
            assert span.parent_id in missing | open_ones


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_the_same_forks_by_threads(steps):
    assume(not late_work(steps))
    run = Run()
    history, tree = run.play(steps), build_tree(run.stored())
    threads = {
        (tree.spans[f.parent].span_id, tree.spans[f.rows[0]].span_id) for f in find_forks(tree)
    }
    assert threads == {(fork.parent_id, fork.branches[0]) for fork in history.forks}


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_every_run_has_whole_chains(steps):
    run = Run()
    history, stored = run.play(steps), run.stored()
    verdict = verify(f"{history.trace_id:032x}", stored)
    assert verdict.faults == []
    assert verdict.spans == len(stored)
