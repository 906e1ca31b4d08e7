"""Random traces that look as traces do where clocks, clients and networks are not at their best."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from tests.collector.independent.spans import Span

BEGIN_NS = 1_700_000_000_000_000_000
TRACES = 8
SERVICES = ("web", "db", "taster", "cache")
KINDS = ("client", "server", "server", "producer", "consumer", "internal", "", "")
DATADOG_TAGS = ("_dd.rule_psr", "_dd.agent_psr", "_dd.span_sampling.rule_rate", "_dd.limit_psr")
COMMON_TAGS = ("sampling.tail_rate", "sampler.param")
SAMPLER_TEXTS = {
    "w3c.tracestate": ("ot=th:c", "dd=s:1,ot=rv:fd70a41a2b3c4d;th:fd70a4", "ot=th:0", "x=th:8"),
    "sampler.type": ("probabilistic", "probabilistic", "const", "lowerbound", "ratelimiting"),
}
SAMPLERS = (
    ((*DATADOG_TAGS, "sampling.tail_rate"), ()),
    (COMMON_TAGS, ("w3c.tracestate",)),
    (COMMON_TAGS, ("sampler.type",)),
    ((*DATADOG_TAGS, *COMMON_TAGS), tuple(SAMPLER_TEXTS)),
)
"""What the clients of Datadog, of OpenTelemetry and of Jaeger say, and all of them together: tags
with numbers, of which some are missing, and with texts."""
RATES = (1.0, 0.5, 0.1, 0.01, 0.3, 7e-7, 2.0)
"""Probabilities with which traces were kept; the last two are mistakes, and count as none."""
DAY_NS = 86_400 * 10**9
GRAINS_NS = (1, 1_000, 1_000_000, 20_000_000)
"""Units of time: the coarser one is, the more spans begin and end together."""


def random_traces(seed: int) -> list[list[Span]]:
    """Return some traces of the world of this number: the label `world` finds them, `side` a half
    of them."""
    random = Random(seed)
    weighted = seed % 3 > 0
    return [_random_trace(random, seed, number, weighted) for number in range(TRACES)]


def _random_trace(random: Random, seed: int, number: int, weighted: bool) -> list[Span]:
    trace = 1 + seed * TRACES + number
    labels = {"world": str(seed), "side": "ab"[number % 2]}
    grain = random.choice(GRAINS_NS)
    begin = BEGIN_NS + trace * random.randrange(1, 10**7)
    spans = [_root(random, trace, begin, grain, labels)]
    if weighted:
        numbers, texts = random.choice(SAMPLERS)
        tags = random.sample(numbers, random.randrange(1, len(numbers) + 1))
        spans[0] = replace(
            spans[0],
            rates={tag: random.choice(RATES) for tag in tags},
            samplers={tag: random.choice(SAMPLER_TEXTS[tag]) for tag in texts},
        )
    for _ in range(random.randrange(14)):
        spans.append(_child(random, spans, grain))
    spans = _mistreated(random, spans)
    if random.random() < 0.4:
        spans = _out_of_time(random, spans)
    upper_half = trace % 4 and 2**63 + trace
    return [replace(span, upper_half=upper_half) for span in spans]


def _root(random: Random, trace: int, begin: int, grain: int, labels: dict[str, str]) -> Span:
    kind = random.choice(("client", "server", ""))
    world = "".join(
        "abcdefghij"[int(digit)] for digit in labels["world"]
    )  # no id: those are folded
    resource = f"GET /{random.choice('xyz')}/{world}"
    return Span(
        *(trace, 1, 0, "web", "request", resource, begin, grain * random.randrange(1, 40)),
        kind=kind,
        status=random.choice(("", "200", "500")),
        labels=labels,
    )


def _child(random: Random, spans: list[Span], grain: int) -> Span:
    """Return a child of one of the spans: mostly within it, sometimes beside or beyond it."""
    parent = random.choice(spans)
    steps = parent.duration // grain
    start = parent.start + grain * random.randrange(-2 if random.random() < 0.1 else 0, steps + 2)
    longest = max(1, (parent.end - start) // grain)
    length = grain * random.randrange(longest + 1 + (3 if random.random() < 0.2 else 0))
    length += random.choice((0, 0, length // 100, length // 90, length // 60))
    name = random.choice("pqr")
    return Span(
        *(parent.trace, len(spans) + 1, parent.id, random.choice(SERVICES), name, f"do {name}"),
        *(start, length),
        error=int(random.random() < 0.1),
        kind=random.choice(KINDS),
        status=random.choice(("", "", "", "404", "503")),
        labels=parent.labels,
        triggered=random.random() < 0.05,
    )


def _mistreated(random: Random, spans: list[Span]) -> list[Span]:
    """Return the spans with one or two things done to them that happen to spans on their way."""
    for _ in range(random.randrange(3)):
        spans = random.choice(MISHAPS)(random, spans)
    return spans


def _skewed(random: Random, spans: list[Span]) -> list[Span]:
    """Move one service's clock."""
    service, offset = random.choice(SERVICES), random.randrange(-(10**8), 10**8)
    return [
        replace(span, start=span.start + offset) if span.service == service else span
        for span in spans
    ]


def _lost(random: Random, spans: list[Span]) -> list[Span]:
    """Lose a span, perhaps the root."""
    lost = random.randrange(len(spans))
    return spans[:lost] + spans[lost + 1 :] if len(spans) > 1 else spans


def _sent_twice(random: Random, spans: list[Span]) -> list[Span]:
    return [*spans, *random.sample(spans, random.randrange(1, len(spans) + 1))]


def _of_one_id(random: Random, spans: list[Span]) -> list[Span]:
    """Give two spans one id, perhaps as the two ends of a call."""
    if len(spans) < 3:
        return spans
    one, other = random.sample(spans[1:], 2)
    others = [span for span in spans if span not in (one, other)]
    kinds = random.choice((("client", "server"), ("", "server"), ("client", "client")))
    one, other = replace(one, kind=kinds[0]), replace(other, kind=kinds[1], id=one.id)
    starts = {span.start for span in (one, *others) if span.id == one.id}
    while other.start in starts:  # which of those comes first is not defined
        other = replace(other, start=other.start + 1)
    return [*others, one, other]


def _of_many_roots(random: Random, spans: list[Span]) -> list[Span]:
    return _moved(random.choice(spans), 0, spans)


def _in_a_circle(random: Random, spans: list[Span]) -> list[Span]:
    """Put a span beneath another one, wherever that is."""
    return _moved(random.choice(spans), random.choice(spans).id, spans)


def _moved(moved: Span, parent: int, spans: list[Span]) -> list[Span]:
    """Give a span another parent, and so every copy of it: of two spans with one id that begin
    together it is not defined which comes first."""
    return [replace(s, parent=parent) if s.id == moved.id else s for s in spans]


def _out_of_time(random: Random, spans: list[Span]) -> list[Span]:
    """Let a span or two, which have an id of their own and a parent above them, say that they were
    at another time."""
    ids = {span.id for span in spans}
    below = [
        s for s in spans if s.parent in ids and _copies(s, spans) and not _is_in_circle(s, spans)
    ]
    for moved in random.sample(below, min(len(below), random.randrange(1, 3))):
        claims = random.choice(
            (
                (0, moved.duration),
                (moved.start // 10**6, moved.duration // 10**6),
                (moved.start + 3650 * DAY_NS, moved.duration),
                (moved.start, 400 * DAY_NS),
            )
        )
        spans = [replace(span, claims=claims) if span.id == moved.id else span for span in spans]
    return spans


def _copies(span: Span, spans: list[Span]) -> bool:
    """Tell whether all spans with an id are the same."""
    return all(other == span for other in spans if other.id == span.id)


def _is_in_circle(span: Span, spans: list[Span]) -> bool:
    """Tell whether the way up from a span comes back to where it was."""
    parent_of = {other.id: other.parent for other in spans}
    seen, above = set(), span.id
    while above in parent_of and above not in seen:
        seen.add(above)
        above = parent_of[above]
    return above in seen


MISHAPS = (_skewed, _skewed, _lost, _sent_twice, _of_one_id, _of_many_roots, _in_a_circle)
