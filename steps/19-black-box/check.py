"""Lesson 19 is done once the log alone tells who called whom, and rules tell who may not."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from tutor.checks import (
    PAIRING,
    CachedPairings,
    Inferred,
    Probe,
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
CROWD = ("stout", "saison", "gose", "bock", "helles", "dunkel")
"""Beers that are asked for at the same time: their times alone do not tell whose taste is whose."""
OTHERS = ("/beers/ipa", "/donuts/jelly", "/menu?page=1")
"""Pages that an honest app has, too."""
BETWEEN_SERVICES = ("web", "taster")

ID = "X-Request-ID"
RULES = "audit.rules"
LOG = "timing.log"
FORM = "2026-11-27 09:30:00,123 web 5f2c9e0a1b3d4c6e GET /pair/beer took 43.4 ms"

MAX_SHIFT = 0.5
"""How far the times of a log may be from those of the traces, as a share of the duration: a line
with a wrong moment is off by all of it."""

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
        with_id = app.get(PAIRING, {ID: sent})
        crowd = app.get_at_once([f"/pair/beer?name={beer}" for beer in CROWD])
        others = [app.get(path) for path in OTHERS]
        lines = app.log_lines(since=with_id)
        traces = [app.trace(reply) for reply in (with_id, *crowd, *others)]
        pairings = traces[: 1 + len(crowd)]
        inferred = must_be_readable(app, lines)
        for service in BETWEEN_SERVICES:
            must_have_lines(app, inferred, service, pairings)
            must_have_right_times(app, inferred, service, pairings)
        must_carry_ids(app, inferred, sent, pairings)
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


def must_have_lines(app: Probe, inferred: Inferred, service: str, pairings: list[Trace]) -> None:
    """Check that a service has written a line for each request that it was asked for a pairing."""
    answered = requests_of(service, pairings)
    records = records_of(service, inferred)
    expect(
        len(records) >= len(answered),
        expected=f"a line of {service} for each of the {len(answered)} requests for a pairing that"
        f" it has answered, with the method and the path: {names(answered)}",
        seen=f"{count(len(records), 'line')}",
        look=app.code.place("", f"{service}.py"),
        trace=pairings[0],
        detail=f"A line looks like this: {FORM}",
    )


def must_have_right_times(
    app: Probe, inferred: Inferred, service: str, pairings: list[Trace]
) -> None:
    """Check that its lines name the moment at which a request ended, and how long it took."""
    answered = requests_of(service, pairings)
    records = records_of(service, inferred)[: len(answered)]
    look = app.code.place("", f"{service}.py")
    took = median(span.duration for span in answered)
    written = median(record["duration"] for record in records)
    expect(
        abs(written - took) <= MAX_SHIFT * took,
        expected=f"lines of {service} that say how long a request took: about {ms(took)}, by its"
        " traces",
        seen=f"about {ms(written)}",
        look=look,
        trace=pairings[0],
    )
    late = median(
        int(record["start"]) + record["duration"] - span.epoch_start - span.duration
        for record, span in zip(records, answered, strict=True)
    )
    expect(
        abs(late) <= MAX_SHIFT * took,
        expected=f"lines of {service} that begin with the moment at which the request ended",
        seen=f"a moment that is {ms(abs(late))} {'later' if late > 0 else 'earlier'}, while the"
        f" requests took about {ms(took)}",
        look=look,
        trace=pairings[0],
    )


def must_carry_ids(app: Probe, inferred: Inferred, sent: str, pairings: list[Trace]) -> None:
    """Check that an id which a request brings along is on its lines, in both services, and that
    others have ids of their own."""
    for service in BETWEEN_SERVICES:
        expect(
            any(record["request_id"] == sent for record in records_of(service, inferred)),
            expected=f"a line of {service} with the id {sent}, which came to web in the header {ID}",
            seen="lines with " + (ids(records_of(service, inferred)) or "no id"),
            look=app.code.use(ID, "web.py") if service == "taster" else app.code.place(),
            trace=pairings[0],
            detail="web has to send the id along when it asks the taster."
            if service == "taster"
            else "",
        )
    own = [record["request_id"] for record in records_of("web", inferred)]
    expect(
        all(own) and len(set(own)) == len(own),
        expected="an id of its own for each request that brings none along",
        seen=f"{count(len(set(own)), 'id')} on {count(len(own), 'line')} of web: {ids_text(own)}",
        look=app.code.place("request_id"),
    )


def must_tell_who_called(
    app: Probe, inferred: Inferred, lines: Sequence[str], pairings: list[Trace]
) -> None:
    """Check that each call is given to the request that made it, with ids; note how many are
    without."""
    guessed = infer(app, lines, "--no-ids")
    app.note("with ids", f"{inferred.right} of {inferred.true} calls given to the right request")
    app.note("without", f"{guessed.right} of {guessed.true}, by their times alone")
    expect(
        inferred.right == inferred.claimed == inferred.true >= len(pairings),
        expected=f"the log to give each of the {len(pairings)} calls of the taster to the request"
        " that made it",
        seen=f"{inferred.right} right, of {inferred.claimed} found and {inferred.true} in the"
        " traces",
        look=app.code.use(ID) or app.code.place("taste_all"),
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


def requests_of(service: str, pairings: list[Trace]) -> list[Any]:
    """Return the spans of requests that a service has answered for the pairings, by their start."""
    spans = [
        span
        for trace in pairings
        for span in trace.find(name="flask.request", service=service)
        if span.parent is None or span.parent.service != service
    ]
    return sorted(spans, key=lambda span: span.epoch_start)


def records_of(service: str, inferred: Inferred) -> list[Mapping[str, Any]]:
    """Return what a service wrote about requests for pairings and tastes."""
    path = {"web": "/pair/beer", "taster": "/taste"}[service]
    return [record for record in inferred.of(service) if path in record["name"].split()[1:]]


def names(spans: Sequence[Any]) -> str:
    """Return what was asked for, each once."""
    return ", ".join(sorted({span.resource for span in spans}))


def ids(records: Sequence[Mapping[str, Any]]) -> str:
    """Return the ids of records, as text."""
    return ids_text([record["request_id"] for record in records])


def ids_text(texts: Sequence[str]) -> str:
    """Return a few ids, as text."""
    shown = list(dict.fromkeys(filter(None, texts)))
    return ", ".join(shown[:3]) + (", …" if len(shown) > 3 else "")


def ms(nanoseconds: float) -> str:
    """Return a time as text."""
    return f"{nanoseconds / 1e6:.1f} ms"


def said(violation: Mapping[str, Any]) -> str:
    """Return what a violation was, in words."""
    verb = "called" if violation.get("verb") == "call" else "ran"
    return f"{violation.get('subject') or 'somebody outside'} {verb} {violation.get('object')}"
