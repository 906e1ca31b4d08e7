"""The rules that hold today: who calls whom in what is stored, and nobody else may."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from collector.audit.rules import MAX_RULES, OUTSIDE, OUTSIDE_WORD, RulesError, quoted, read_rules
from collector.audit.tally import Tally
from collector.printable import printable

_HEADING = """\
# Who called whom in {traces:,} stored traces, learned by ./workshop audit --learn.
# “outside” came without a trace context. Keep what should be so, and take out what should not.
"""


def learned(tally: Tally, services: Collection[str], missing: Sequence[str] = ()) -> str:
    """Return rules, as text, that everything in the tally keeps to. `services` are those that send
    spans; what else was called is left out, as its name is often a port that changes. `missing` are
    sentences that say what is stored and not in the tally.

    A service has no rule if nobody called it, or if it was called by too many to be listed.
    """
    callers: dict[str, set[str]] = {}
    for caller, called in tally.calls():
        if called in services:
            callers.setdefault(called, set()).add(caller)
    lines = list(_rules(callers))
    left_out = len(callers) - len(lines[:MAX_RULES])
    text = _HEADING.format(traces=tally.traces)
    text += "".join(f"# Some traces are missing here: {printable(what)}\n" for what in missing)
    text += "\n"
    if left_out:
        text += f"# Without rules for {left_out} services, which would need too many names.\n\n"
    return text + "".join(f"{line}\n" for line in lines[:MAX_RULES])


def _rules(callers: dict[str, set[str]]) -> Iterator[str]:
    for called, names in sorted(callers.items()):
        known = [quoted(name) for name in sorted(names - {OUTSIDE})]
        subjects = ", ".join([*([OUTSIDE_WORD] if OUTSIDE in names else []), *known])
        rule = f"only {subjects} may call {quoted(called)}"
        try:
            read_rules(rule)
        except RulesError:
            continue
        yield rule
