"""What an audit says: the answers of /api/audit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collector.audit.rules import OUTSIDE, Rule
from collector.audit.tally import RuleCount, Tally, Violation

MAX_EDGES = 1_000
"""Edges of an answer: first those that are forbidden, then those that nobody was seen to use."""
FORBIDDEN, NEVER_SEEN, ALLOWED = "forbidden", "never_seen", "allowed"
_ORDER = (FORBIDDEN, NEVER_SEEN, ALLOWED)

Json = dict[str, Any]

HOW_COMPUTED = {
    "violations": "calls between services, and runs of spans, that a rule forbids"
    " (collector.audit.verdict.Judge)",
    "from_outside": "violations by a server's span that has no parent: somebody called without a"
    " trace context (collector.audit.trace_calls.read_calls)",
    "unknown_callers": "servers' spans whose parent was named and not received: nobody knows who"
    " called (collector.audit.trace_calls.read_calls)",
    "edges": "what rules about calls name, as caller and called, with the calls that were"
    " seen (collector.audit.report.edges)",
}


def tally_json(tally: Tally) -> Json:
    """Return what has been found: rules with evidence, edges, and how much was checked."""
    counts = tally.counts()
    return {
        "rules": [
            _rule(rule, count) for rule, count in zip(tally.judge.rules, counts, strict=True)
        ],
        "violations": sum(count.violations for count in counts),
        "from_outside": sum(count.from_outside for count in counts),
        "unknown_callers": tally.unknown_callers,
        "edges": edges(tally),
        "checked": {
            "traces": tally.traces,
            "spans": tally.spans,
            "oldest": str(tally.oldest) if tally.oldest else None,
        },
        "how": HOW_COMPUTED,
    }


def violation_json(violation: Violation) -> Json:
    """Return one violation with its evidence."""
    return {
        "number": violation.number,
        "rule": violation.rule.text,
        "line": violation.rule.line,
        "subject": violation.subject or None,
        "verb": violation.rule.verb,
        "object": violation.object,
        "trace_id": violation.trace_id,
        "span_id": f"{violation.span_id:016x}",
        "name": violation.name,
        "start": str(violation.start),
    }


def edges(tally: Tally) -> list[Json]:
    """Return the edges that the rules speak of: forbidden ones that were used, allowed ones that
    nobody was seen to use, and allowed ones that were."""
    seen = tally.calls()
    found: dict[tuple[str, str], Json] = {}
    for pair, violation in sorted(tally.last_violations().items()):
        found[pair] = _edge(FORBIDDEN, pair, seen.get(pair, 1), violation.rule)
        found[pair]["evidence"] = violation_json(violation)
    for rule in tally.judge.rules:
        for pair in _permitted(rule):
            if pair not in found and tally.judge.broken(pair[0], "call", pair[1]) < 0:
                calls = seen.get(pair, 0)
                found[pair] = _edge(ALLOWED if calls else NEVER_SEEN, pair, calls, rule)
    in_order = sorted(found.values(), key=lambda edge: _ORDER.index(edge["verdict"]))
    return in_order[:MAX_EDGES]


def _permitted(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield the pairs of services that a rule names and allows. A name with wildcards is none."""
    if rule.kind != "never" and rule.verb == "call":
        for subject in rule.subjects:
            for object_ in rule.objects:
                if subject.is_exact and object_.is_exact:
                    yield subject.pattern, object_.pattern


def _edge(verdict: str, pair: tuple[str, str], calls: int, rule: Rule) -> Json:
    caller, called = pair
    return {
        "caller": None if caller == OUTSIDE else caller,
        "called": called,
        "verdict": verdict,
        "calls": calls,
        "rule": rule.text,
        "line": rule.line,
        "evidence": None,
    }


def _rule(rule: Rule, count: RuleCount) -> Json:
    return {
        "rule": rule.text,
        "line": rule.line,
        "violations": count.violations,
        "from_outside": count.from_outside,
        "evidence": [violation_json(violation) for violation in count.evidence],
    }
