"""Lesson 19 is done once the log alone tells who called whom, and rules tell who may not."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any
from urllib.parse import quote

from tutor.checks import (
    PAIRING,
    CachedPairings,
    Inferred,
    Probe,
    Span,
    Trace,
    TriedRules,
    UsageError,
    as_of_a_visitor,
    count,
    expect,
    infer,
    made_up,
    must_have_default_dials,
    same_answers,
    temporary_stack,
)
from tutor.sandbox.temporary_stack import TemporaryStack

BEER = "ipa"
"""The beer of `PAIRING`, which is asked for with an id."""
CROWD = ("pale ale", "amber ale", "brown ale", "blonde ale", "cream ale", "milk stout")
"""Beers that are asked for at the same time: their times alone do not tell whose taste is whose."""
OTHERS = ("/beers/ipa", "/donuts/jelly", "/menu?page=1")
"""Pages that an honest app has, too."""
SERVICES = ("web", "taster")

HEADER = "X-Request-ID"
TAG = "request.id"
RULES = "audit.rules"
LOG = "timing.log"
METHOD = re.compile(r"(GET|POST) /")
FORM = "2026-11-27 09:30:00,123 web 5f2c9e0a1b3d4c6e GET /pair/beer took 43.4 ms"

MAX_SHIFT = 0.5
"""How far the times of a log may be from those of the traces, as a share of the duration: a line
with a wrong moment is off by all of it."""
MAX_STRAY_S = 0.5
"""How far a single line may be from its trace: a clock that is read once for the seconds and once
for their fraction is off by a second now and then."""

INTRUDERS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "menu-printer, from within a request for the menu, calls taster": (
        ("web", "flask.request", "server"),
        ("menu-printer", "menu.proofread", ""),
        ("taster", "flask.request", "server"),
    ),
    "somebody outside, without a trace context, calls taster": (
        ("taster", "flask.request", "server"),
    ),
    "a service that nobody has heard of, night-baker, calls taster": (
        ("night-baker", "flask.request", "server"),
        ("taster", "flask.request", "server"),
    ),
    "web runs palate.taste itself": (
        ("web", "flask.request", "server"),
        ("web", "palate.taste", ""),
    ),
}
"""What rules must forbid, and the spans that show it."""


def check(app: Probe) -> None:
    """Check the log by the traces of the same requests, and the rules by honest and other ones."""
    must_have_default_dials(app)
    same_answers(app)
    with temporary_stack(["collector"]) as elsewhere:
        CachedPairings(app).expire(BEER, *CROWD)
        sent = secrets.token_hex(8)
        with_id = app.get(PAIRING, {HEADER: sent})
        crowd = app.get_at_once([f"/pair/beer?name={quote(beer)}" for beer in CROWD])
        others = [app.get(path) for path in OTHERS]
        lines = app.log_lines(since=with_id)
        traces = [app.trace(reply) for reply in (with_id, *crowd, *others)]
        pairings = traces[: 1 + len(crowd)]
        inferred = must_be_readable(app, lines)
        for service in SERVICES:
            must_name_their_ids(app, service, pairings)
        must_carry_ids(app, sent, pairings)
        for service in SERVICES:
            must_have_lines(app, inferred, service, pairings)
        must_tell_who_called(app, inferred, lines, pairings)
        must_have_rules(app, elsewhere, traces)


def must_be_readable(app: Probe, lines: Sequence[str]) -> Inferred:
    """Check that there is a log, and that its lines can be read; return what follows from them."""
    expect(
        lines,
        expected=f"a line in {LOG} for each request",
        seen="no line",
        look=app.code.place(),
    )
    inferred = infer(app, lines)
    expect(
        not inferred.problem,
        expected=f"lines in {LOG} that `./workshop infer` can read, such as “{FORM}”",
        seen=inferred.problem,
        look=app.code.source(lines[0]) or app.code.place(),
        detail=list(lines[:5]),
    )
    return inferred


def must_name_their_ids(app: Probe, service: str, pairings: list[Trace]) -> None:
    """Check that the spans of a service's requests say which id these have."""
    for span in requests_of(service, pairings):
        expect(
            id_of(span),
            expected=f"the tag `{TAG}` on the span of a request to {service}, with the id that its"
            f" line in {LOG} has",
            seen=f"{span} without it",
            look=app.code.use("log_requests", f"{service}.py"),
            trace=span.trace,
        )


def must_carry_ids(app: Probe, sent: str, pairings: list[Trace]) -> None:
    """Check that an id which a request brings along stays with it in both services, and that all
    others have ids of their own."""
    kept = id_of(requests_of("web", pairings[:1])[0])
    expect(
        kept == sent,
        expected=f"a request to web that comes with the id {sent}, in the header {HEADER}, to keep"
        " it",
        seen=f"the id {kept}",
        look=app.code.place("request_id"),
        trace=pairings[0],
    )
    own = [id_of(span) for span in requests_of("web", pairings)]
    expect(
        len(set(own)) == len(own),
        expected="an id of its own for each request that brings none along",
        seen=f"{count(len(set(own)), 'id')} for {count(len(own), 'request')}",
        look=app.code.place("request_id"),
        trace=pairings[-1],
    )
    for trace in pairings:
        pairing = id_of(requests_of("web", [trace])[0])
        for taste in requests_of("taster", [trace]):
            expect(
                id_of(taste) == pairing,
                expected=f"the taster to be asked with the id of the pairing, {pairing}",
                seen=f"the id {id_of(taste)} in the taster",
                look=app.code.place("taste_all"),
                trace=trace,
                detail=f"web has to send it along, in the header {HEADER}, whenever it asks the"
                " taster.",
            )


def must_have_lines(app: Probe, inferred: Inferred, service: str, pairings: list[Trace]) -> None:
    """Check that a service has written a line for each request, with the right id and times."""
    lines = {record["request_id"]: record for record in inferred.of(service)}
    look = app.code.place("", f"{service}.py")
    too_long, too_late, distances = [], [], []
    for span in requests_of(service, pairings):
        line = lines.get(id_of(span))
        expect(
            line,
            expected=f"a line of {service} with the id {id_of(span)}, for {span.resource}",
            seen=f"{count(len(lines), 'id')} on its lines, and not that one",
            look=look,
            trace=span.trace,
            detail=f"A line looks like this: {FORM}",
        )
        expect(
            line and METHOD.match(line["name"]),
            expected="lines that name what was asked for by method and path, such as"
            f" `{span.resource}`",
            seen=f"`{line and line['name']}`",
            look=look,
            trace=span.trace,
        )
        late = int(line["start"]) + line["duration"] - span.epoch_start - span.duration
        too_long.append(line["duration"] / span.duration)
        too_late.append(late / span.duration)
        distances.append((abs(late), span))
    expect(
        abs(median(too_long) - 1) <= MAX_SHIFT,
        expected=f"lines of {service} that say how long a request took, in ms",
        seen=f"{median(too_long):.3g} times as long as by its trace",
        look=look,
        trace=pairings[0],
    )
    expect(
        abs(median(too_late)) <= MAX_SHIFT,
        expected=f"lines of {service} that begin with the moment at which the request ended",
        seen="a moment that is too "
        f"{'late' if median(too_late) > 0 else 'early'} by {abs(median(too_late)):.2g} times as"
        " long as the request took",
        look=look,
        trace=pairings[0],
        detail=f"A line looks like this: {FORM}",
    )
    stray_ns, stray = max(distances, key=lambda each: each[0])
    expect(
        stray_ns <= MAX_STRAY_S * 1e9,
        expected=f"lines of {service} that all begin with the moment at which the request ended",
        seen=f"one that is {stray_ns / 1e9:.2g} s away from it, with the id {id_of(stray)}",
        look=look,
        trace=stray.trace,
        detail="Is the clock read twice for a line, once for the seconds and once for the rest?",
    )


def must_tell_who_called(
    app: Probe, inferred: Inferred, lines: Sequence[str], pairings: list[Trace]
) -> None:
    """Check that each call is given to the request that made it, with ids; note how many are
    without."""
    guessed = infer(app, lines, "--no-ids")
    app.note("with ids", f"{inferred.right} of {inferred.true} calls given to the right request")
    app.note("without", f"{guessed.right / max(1, guessed.true):.0%}, by their times alone")
    expect(
        inferred.right == inferred.claimed == inferred.true >= len(pairings),
        expected=f"the log to give each of the {len(pairings)} calls of the taster to the request"
        " that made it",
        seen=f"{inferred.right} right, of {inferred.claimed} found and {inferred.true} in the"
        " traces",
        look=app.code.place("taste_all"),
        trace=pairings[0],
        detail=list(lines[:14]),
    )


def must_have_rules(app: Probe, elsewhere: TemporaryStack, traces: list[Trace]) -> None:
    """Check that the rules allow what an honest app does, and forbid every intruder."""
    path = app.target.code / RULES
    name = app.code.name_of(RULES)
    expect(path.is_file(), expected=f"the rules of your audit in {name}", seen="no such file")
    rules = TriedRules(path.read_bytes(), elsewhere)
    try:
        broken = rules.broken_by([as_of_a_visitor(trace) for trace in traces])
    except UsageError as problem:
        expect(False, expected="rules that can be read", seen=problem, look=name)
        raise
    first = broken[0] if broken else {}
    expect(
        not broken,
        expected="rules that allow all that the app does by itself",
        seen=f"“{first.get('rule')}” is broken: {said(first)}",
        look=f"{name}:{first.get('line')}",
        trace=f"{app.target.ui}/trace/{first.get('trace_id')}",
    )
    intruders = {who: made_up(*spans) for who, spans in INTRUDERS.items()}
    found = {violation["trace_id"] for violation in rules.broken_by(list(intruders.values()))}
    missed = [who for who, trace in intruders.items() if trace["trace_id"] not in found]
    app.note("rules", f"forbid {len(intruders) - len(missed)} intruders of {len(intruders)}")
    expect(
        not missed,
        expected=f"a rule that is broken when {missed[0] if missed else ''}",
        seen="rules that say nothing against it",
        look=name,
        detail="“only A may call B” forbids it to everybody else, known or not; “A may call B”"
        " forbids nothing.",
    )


def requests_of(service: str, traces: list[Trace]) -> list[Span]:
    """Return the spans of the requests that a service has answered."""
    spans = [span for trace in traces for span in trace.find(service=service)]
    return [span for span in spans if span.tags.get("span.kind") == "server"]


def id_of(span: Span) -> str:
    """Return the request's id, as its span says; "" if it says none."""
    return str(span.tags.get(TAG, ""))


def said(violation: Mapping[str, Any]) -> str:
    """Return what a violation was, in words."""
    verb = "called" if violation.get("verb") == "call" else "ran"
    return f"{violation.get('subject') or 'somebody outside'} {verb} {violation.get('object')}"
