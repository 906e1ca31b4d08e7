"""What an audit found, as text."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from tutor.terminal import count, paint, printable

MAX_SHOWN = 5
"""Violations of one rule that are shown: the last ones."""
OUTSIDE = "somebody outside"

Json = dict[str, Any]


def report(answer: Json, ui: str) -> Iterator[str]:
    """Yield the lines of the report; `ui` is the address of the pages, "" if there are none."""
    yield from _table(answer["rules"])
    yield ""
    for rule in answer["rules"]:
        if rule["violations"]:
            yield paint(f"“{printable(rule['rule'])}” is broken:", "bold")
            yield from (violation(each, ui) for each in rule["evidence"][:MAX_SHOWN])
            if rule["violations"] > MAX_SHOWN:
                yield f"  and {rule['violations'] - MAX_SHOWN:,} more"
            yield ""
    for edge in answer["edges"]:
        if edge["verdict"] == "never_seen":
            names = f"{_who(edge['caller'])} → {printable(edge['called'])}"
            yield paint(f"Allowed, and never seen: {names}", "dim")
    yield _checked(answer)


def violation(found: Json, ui: str) -> str:
    """Return one violation in a line, with where to see it."""
    when = time.strftime("%H:%M:%S", time.localtime(int(found["start"]) / 1e9))
    verb = "→" if found["verb"] == "call" else "ran"
    what = f"{_who(found['subject'])} {verb} {printable(found['object'])}"
    where = f"{ui}/trace/{found['trace_id']}?span={found['span_id']}"
    return f"  {when}  {what}  {paint(where, 'cyan')}"


def _table(rules: list[Json]) -> Iterator[str]:
    texts = [printable(rule["rule"]) for rule in rules]
    width = max(map(len, texts))
    yield paint(f"{'':2}{'rule':{width}}  {'broken':>8}  {'by the back door':>16}", "bold")
    for rule, text in zip(rules, texts, strict=True):
        sign = paint("✗", "red") if rule["violations"] else paint("✓", "green")
        yield f"{sign} {text:{width}}  {rule['violations']:>8,}  {rule['from_outside']:>16,}"


def _checked(answer: Json) -> str:
    checked = answer["checked"]
    text = f"{count(checked['traces'], 'trace')} with {count(checked['spans'], 'span')} checked"
    if answer["unknown_callers"]:
        text += f"; {count(answer['unknown_callers'], 'call')} by callers that sent no span"
    if checked.get("missed"):
        text += f"; {count(checked['missed'], 'trace')} not checked, too many came at once"
    if not checked.get("all", True):
        text += "; older ones not, for lack of time"
    return text


def _who(name: str | None) -> str:
    return OUTSIDE if name is None else printable(name)
