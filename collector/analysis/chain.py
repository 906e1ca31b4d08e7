"""Whether the spans of a trace are those that their tracers sent: no more, no less, no others.

A tracer that keeps a history (`tracer.history.chain`) gives each finished span of a segment a place
in a chain, and a hash of the hash before it and of all that the span says. Here the hashes are
computed again from what is stored. There is no key, so this finds what was lost, doubled or altered
on the way and at rest; whoever alters a span and computes the rest of its chain anew is not found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from collector.analysis.anomaly import Anomaly
from collector.counted import counted
from collector.model import Span

ID = "chain.id"
PLACE = "chain.place"
LAST = "chain.last"
HASH = "chain.hash"
CALLED = "chain.called"

MAX_SPANS = 50_000
"""Spans of a trace up to which its page says whether its chains are whole."""
MAX_FAULTS = 100
"""Faults that are named; all are counted."""
ADDED_LATER = "_"
"""How tags begin that are not part of the hash: those of the way to the collector."""


class Fault(NamedTuple):
    """One contradiction in a chain."""

    kind: str
    """`missing`, `altered` or `doubled`."""
    chain: str
    """Its name: the id of its segment's first span."""
    place: int
    """The place in the chain, from 1 on; 0 if that is not known."""
    span_id: int
    """The span; of missing ones, one beside them, or at least of their chain."""
    what: str
    """A sentence for people."""


@dataclass(slots=True)
class Verdict:
    """What became of the chains of a trace."""

    chains: int = 0
    spans: int = 0
    """Spans that have a place in a chain."""
    faults: list[Fault] = field(default_factory=list)
    """The first `MAX_FAULTS`."""
    faults_left_out: int = 0

    def add(self, kind: str, chain: str, place: int, span_id: int, what: str) -> None:
        """Note a fault."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(kind, chain, place, span_id, what))
        else:
            self.faults_left_out += 1

    @property
    def what(self) -> str:
        """It all in a sentence."""
        if not self.chains:
            return "No span of this trace is part of a chain of hashes."
        whole = f"{counted(self.spans, 'span')} in {counted(self.chains, 'chain')} of hashes"
        faults = len(self.faults) + self.faults_left_out
        if not faults:
            return f"{whole}: none is missing, altered or doubled."
        return f"{whole}: {counted(faults, 'fault')}."


def verify(trace_id: str, spans: Iterable[Span]) -> Verdict:
    """Check the chains of a trace, whose spans are given in any order. Never raises; O(n log n)."""
    chains: dict[str, list[Span]] = {}
    called: dict[str, Span] = {}
    for span in spans:
        if (name := span.tags.get(ID)) is not None:
            chains.setdefault(str(name), []).append(span)
        if (name := span.tags.get(CALLED)) is not None:
            called[str(name)] = span
    verdict = Verdict(len(chains), sum(map(len, chains.values())))
    for name, members in chains.items():
        _verify_chain(trace_id, name, members, verdict)
    for name in called.keys() - chains.keys():
        client = called[name]
        what = f"nothing is left of the chain of the service that {_title(client)} called"
        verdict.add("missing", name, 0, client.span_id, what)
    return verdict


def _verify_chain(trace_id: str, name: str, members: list[Span], verdict: Verdict) -> None:
    claims: dict[int, list[Span]] = {}
    last = 0
    for span in sorted(members, key=lambda span: span.span_id):
        place = span.tags.get(PLACE)
        if isinstance(place, int) and place > 0:
            claims.setdefault(place, []).append(span)
        else:
            what = f"{_title(span)} has no place in its chain"
            verdict.add("altered", name, 0, span.span_id, what)
        promised = span.tags.get(LAST)
        last = max(last, promised if isinstance(promised, int) else 0)
    placed = _verify_hashes(trace_id, name, claims, verdict)
    before = 0
    for place in [*placed, max(last, *placed, 0) + 1]:
        if place > before + 1:
            _note_gap(name, (before + 1, place - 1), placed, members[0], verdict)
        before = place


def _note_gap(
    name: str, gap: tuple[int, int], placed: dict[int, Span], member: Span, verdict: Verdict
) -> None:
    """Note that nobody has the places from `gap`'s first to its second one."""
    first, end = gap
    beside = [
        (word, placed[place])
        for word, place in (("after", first - 1), ("before", end + 1))
        if place in placed
    ]
    where = " and".join(f" {word} {_title(span)}" for word, span in beside)
    spans = counted(end - first + 1, "span")
    verb = "is" if first == end else "are"
    places = f"place {first}" if first == end else f"places {first} to {end}"
    neighbour = beside[0][1] if beside else member
    what = f"{spans} {verb} missing{where}: {places}"
    verdict.add("missing", name, first, neighbour.span_id, what)


def _verify_hashes(
    trace_id: str, name: str, claims: dict[int, list[Span]], verdict: Verdict
) -> dict[int, Span]:
    """Note each span whose hash is not that of what it says, after the span before it, and each
    that claims the place of another. Return the rightful span of each place, in their order."""
    placed: dict[int, Span] = {}
    previous: tuple[str, ...] = ("",)
    for place in sorted(claims):
        if place > 1 and place - 1 not in claims:
            previous = ()  # with the span before it, its hash is missing
        # If the hash of the span before it was altered, what it should have been will do.
        computed = [[link(before, trace_id, span) for before in previous] for span in claims[place]]
        said = [str(span.tags.get(HASH, "")) for span in claims[place]]
        fits = [one in several or not several for one, several in zip(said, computed, strict=True)]
        at = fits.index(True) if any(fits) else 0
        span = placed[place] = claims[place][at]
        if not fits[at]:
            what = f"{_title(span)} is not what its tracer sent"
            verdict.add("altered", name, place, span.span_id, what)
        for other in claims[place][:at] + claims[place][at + 1 :]:
            what = f"{_title(other)} has place {place}, as has {_title(span)}"
            verdict.add("doubled", name, place, other.span_id, what)
        previous = tuple(dict.fromkeys((said[at], *computed[at])))[:2]
    return placed


def link(previous: str, trace_id: str, span: Span) -> str:
    """Return a span's hash, 16 hex digits: BLAKE2b of the hash before it and of all that the span
    says, as JSON without blanks, tags and attributes by name, without the tags of the hash itself
    and of the way to the collector."""
    tags = [
        (key, value)
        for key, value in span.tags.items()
        if key != HASH and not key.startswith(ADDED_LATER)
    ]
    said = [
        previous,
        trace_id,
        f"{span.span_id:016x}",
        f"{span.parent_id:016x}",
        span.service,
        span.name,
        span.resource,
        span.type,
        span.start,
        span.duration,
        span.error,
        sorted(tags),
        [[event.time, event.name, sorted(event.attributes.items())] for event in span.events],
        [
            [each.trace_id, f"{each.span_id:016x}", sorted(each.attributes.items())]
            for each in span.links
        ],
    ]
    return blake2b(msgspec.json.encode(said), digest_size=8).hexdigest()


def chain_anomalies(trace_id: str, spans: list[Span]) -> list[Anomaly]:
    """Return what is wrong with the chains of a trace as anomalies; none if it has no chains, or
    more than `MAX_SPANS`."""
    if len(spans) > MAX_SPANS or not any(ID in span.tags or CALLED in span.tags for span in spans):
        return []
    verdict = verify(trace_id, spans)
    return [Anomaly(f"chain_{fault.kind}", fault.span_id, fault.what) for fault in verdict.faults]


def _title(span: Span) -> str:
    return f"{span.service} {span.name} {span.span_id:016x}"
