"""`./workshop get --in-band`: a trace without a collector, and one that the collector confirms."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.tutor.test_real_stack import Workshop
from tracer.history import HEADER, History, Point, write
from tracer.history.point import Cut
from tutor.http import Answer
from tutor.in_band import NO_HEADER, compare, history_in, remarks, verdict, waterfall
from tutor.supervisor import plan

PAIR = "/pair/beer?name=ipa"


def started(folder: Path, *arguments: str) -> Workshop:
    workshop = Workshop(folder)
    code, out, err = workshop.run("up", *arguments, *workshop.port_options)
    assert code == 0, out + err
    return workshop


def shows_both_services(out: str) -> None:
    assert re.search(r"\d m?s █{28} +web flask.request GET /pair/beer\n", out)
    assert re.search(r"×\d+ +taster flask.request GET /taste\n", out)
    assert re.search(r"×\d+ +taster palate.taste\n", out)
    assert re.search(r"It came in [23],\d\d\d bytes of the answer's `x-trace-history` header", out)
    assert "no room" not in out


def test_without_a_collector_the_answer_shows_both_services(tmp_path):
    workshop = started(tmp_path, "--no-collector")
    try:
        status = workshop.run("status")[1]
        assert not re.search(r"^ +(collector|ui) ", status, re.MULTILINE)
        code, out, err = workshop.run("get", "--in-band", PAIR)
        assert code == 0, err
        shows_both_services(out)
        assert "No collector was asked whether it agrees: this stack has no collector\n" in out
        code, _, err = workshop.run("get", PAIR)
        assert code == 3
        assert "this stack has no collector" in err
        assert "Traceback" not in err
    finally:
        workshop.run("down")


def test_with_a_collector_both_agree(tmp_path):
    workshop = started(tmp_path)
    try:
        code, out, err = workshop.run("get", "--in-band", PAIR)
        assert code == 0, err
        shows_both_services(out)
        spans = re.findall(r"\n(\d+) spans in", out)[0]
        assert f"The collector agrees: the same {spans} spans, with the same parents" in out
        code, out, _ = workshop.run("get", "--in-band", f"{workshop.url('collector')}/stats")
        assert code == 0
        assert NO_HEADER in out
    finally:
        workshop.run("down")


def test_options_that_need_a_collector_are_refused_without_one(tmp_path):
    code, _, err = Workshop(tmp_path).run("up", "--no-collector", "--open")
    assert code == 2
    assert "--open and --forward are for a stack with a collector" in err


def test_without_a_collector_no_other_one_is_sent_to(monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    names = plan.members(load=False, collector=False)
    assert names == ["redis", "taster", "web"]
    made = plan.services(dict.fromkeys(names, 1), Path("/data"))
    assert [service.name for service in made] == names
    assert {service.env["COLLECTOR_URL"] for service in made[1:]} == {plan.NOWHERE}


def test_the_app_answers_whoever_asks_for_a_history_unless_it_is_told_otherwise(monkeypatch):
    ports = dict.fromkeys(("collector", "taster", "web"), 1)
    for set_to, told in ((None, "ask"), ("0", "0"), ("1", "1")):
        if set_to is None:
            monkeypatch.delenv("TRACE_HISTORY", raising=False)
        else:
            monkeypatch.setenv("TRACE_HISTORY", set_to)
        collector, *app = plan.services(ports, Path("/data"))
        assert {service.env["TRACE_HISTORY"] for service in app} == {told}
        assert "TRACE_HISTORY" not in collector.env


def point(span_id: int, parent_id: int, name: str, start: int, duration: int) -> Point:
    return Point(span_id, parent_id, "web", name, name, start, duration, False, False, False)


ROOT = point(1, 0, "root", 1_000_000, 9_000_000)
WORK = point(2, 1, "work", 2_000_000, 1_000_000)
MORE = point(3, 1, "more", 4_000_000, 2_000_000)


def answer_with(*points: Point, cut: Cut | None = None) -> Answer:
    return Answer(200, {HEADER: write(points, cut or Cut())}, b"", 0)


def stored(*points: Point) -> dict[str, Any]:
    """A trace as the collector's API has it, of points whose texts are their names."""
    ids = [point.span_id for point in points]
    rows = range(len(points))
    return {
        "t0": str(points[0].start),
        "strings": ["web", *(point.name for point in points)],
        "columns": {
            "id": [f"{span_id:016x}" for span_id in ids],
            "parent": [ids.index(p.parent_id) if p.parent_id in ids else -1 for p in points],
            "service": [0 for _ in rows],
            "name": [row + 1 for row in rows],
            "resource": [row + 1 for row in rows],
            "start": [point.start - points[0].start for point in points],
            "duration": [point.duration for point in points],
            "error": [int(point.error) for point in points],
        },
    }


def history_of(*points: Point, cut: Cut | None = None) -> History:
    history = history_in(answer_with(*points, cut=cut))
    assert history is not None
    return history


def test_the_same_trace_agrees():
    history = history_of(ROOT, WORK)
    assert list(verdict(history, stored(ROOT, WORK))) == [
        "The collector agrees: the same 2 spans, with the same parents and times."
    ]


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        (WORK._replace(parent_id=0), True),
        (WORK._replace(name="play", resource="play"), True),
        (WORK._replace(error=True), True),
        (WORK._replace(start=2_005_000), True),
        (WORK._replace(duration=990_000), True),
        (WORK._replace(start=2_000_400, duration=999_600), False),
    ],
)
def test_what_differs_is_named(changed, differs):
    history = history_of(ROOT, WORK)
    assert compare(history, stored(ROOT, changed)).unlike == (["web work"] if differs else [])


def test_a_span_that_was_not_over_may_have_gone_on():
    history = history_of(ROOT._replace(open=True, duration=8_000_000), WORK)
    assert not compare(history, stored(ROOT, WORK))
    assert compare(history, stored(ROOT._replace(duration=7_000_000), WORK))


def test_what_only_one_of_them_has_is_said_with_a_reason():
    history = history_of(ROOT, WORK)
    assert list(verdict(history, stored(ROOT, MORE))) == [
        "The collector does not agree.",
        "  Only the collector has 1 span: web more (later than the answer).",
        "  Only the header has 1 span: web work (lost, or sampled away).",
    ]


def test_what_was_cut_and_what_forked_is_said():
    together = MORE._replace(start=2_500_000)
    history = history_of(ROOT, WORK, together, cut=Cut({("db", "query"): 60, ("", ""): 2}))
    assert list(remarks(history, 1234)) == [
        "It came in 1,234 bytes of the answer's `x-trace-history` header.",
        "There was no room for 62 spans: 60 × db query, 2 × others.",
        "web root forked into 2 and joined.",
    ]


def test_what_a_stranger_named_is_only_text():
    history = history_of(ROOT._replace(name="\x1b[31mroot\n", resource="\x1b[31mroot\n"))
    assert "\x1b" not in waterfall(history, fold=True)


@pytest.mark.parametrize("value", ["", "beer", "AQ"])
def test_an_answer_without_a_history_has_none(value):
    assert history_in(Answer(200, {HEADER: value}, b"", 0)) is None
