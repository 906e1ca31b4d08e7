"""Lookups in a cache by many traces: those of a cache that keeps nothing, of a crowd that computes
the same at once, and of caches that do their work."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from collector.analysis.trace import Trace, read_trace
from tests.collector.analysis.traces import span


class Ask(NamedTuple):
    """A request that looks something up."""

    at: float
    """When it begins, ms."""
    lasts: float
    hit: str = "false"
    """What the tag says: `true`, `false`, `wait` (somebody else computes it), `failed`."""
    beer: str = "ipa"


class CacheCase(NamedTuple):
    """Lookups, and what they show."""

    title: str
    finds: str
    """`never_cached`, `stampede` or nothing."""
    asks: tuple[Ask, ...]


BEERS = ("ipa", "stout", "gose", "bock", "saison", "porter", "tripel")


def one_by_one(count: int, hit: str = "false", beers: int = 1, start: float = 0) -> Iterator[Ask]:
    """Yield requests that do not overlap, for so many beers in turn."""
    lasts = 4 if hit == "true" else 80
    for number in range(count):
        yield Ask(start + 100 * number, lasts, hit, BEERS[number % beers])


def crowd(
    count: int, at: float, hit: str = "false", beer: str = "ipa", lasts: float = 90
) -> list[Ask]:
    """Return requests that begin within a few ms."""
    return [Ask(at + number, lasts, hit, beer) for number in range(count)]


def served(count: int, start: float = 0, beer: str = "ipa") -> list[Ask]:
    """Return requests that a cache answers."""
    return [Ask(start + 10 * number, 3, "true", beer) for number in range(count)]


def case(title: str, finds: str, *groups: Iterable[Ask]) -> CacheCase:
    return CacheCase(title, finds, tuple(ask for group in groups for ask in group))


NEVER, STAMPEDE = "never_cached", "stampede"

CASES = [
    *(case(f"{count} times one beer", NEVER, one_by_one(count)) for count in (6, 7, 12, 40)),
    *(case(f"{beers} beers in turn", NEVER, one_by_one(30, beers=beers)) for beers in (2, 3, 5, 7)),
    case("many at once", NEVER, crowd(12, 0)),
    case("crowds, again and again", NEVER, crowd(4, 0), crowd(4, 500), crowd(4, 900)),
    case("one hit in a hundred", NEVER, one_by_one(99), served(1, 20_000)),
    case("the odd failure", NEVER, one_by_one(20), one_by_one(3, "failed", start=5_000)),
    case("somebody waits for others", NEVER, one_by_one(20), crowd(3, 5_000, "wait")),
    *(case(f"a crowd of {count}", STAMPEDE, served(20), crowd(count, 300), served(20, 500))
      for count in (3, 4, 8, 30)),
    case("two crowds", STAMPEDE, served(20), crowd(4, 300), served(20, 500), crowd(5, 900)),
    case("two beers expire", STAMPEDE, served(20), served(20, 5, "stout"), crowd(4, 300),
         crowd(3, 310, beer="stout"), served(20, 600)),
    case("a crowd among many hits", STAMPEDE, served(200), crowd(5, 3_000), served(200, 4_000)),
    case("a crowd and a few who wait", STAMPEDE, served(20), crowd(4, 300), crowd(3, 310, "wait")),
    case("slow work", STAMPEDE, served(20), crowd(3, 300, lasts=2_000), served(20, 3_000)),
    case("a crowd spread over the work", STAMPEDE, served(20),
         [Ask(300, 90), Ask(330, 90), Ask(370, 90)], served(20, 600)),
    *(case(f"{count} beers expire, each with its crowd", STAMPEDE,
           *(served(9, number, beer) for number, beer in enumerate(BEERS[:count])),
           *(crowd(3, 300 + 150 * number, beer=beer) for number, beer in enumerate(BEERS[:count])),
           served(60, 2_000)) for count in (2, 4, 7)),
    # near-misses
    case("a cache that works", "", one_by_one(1), served(99, 200)),
    case("half of them hits", "", one_by_one(20), served(20, 5_000)),
    case("one in eleven a hit", "", one_by_one(30), served(3, 5_000)),
    *(case(f"{count} only", "", one_by_one(count)) for count in (1, 2, 5)),
    case("each another beer", "", one_by_one(7, beers=7)),
    case("each twice at most", "", one_by_one(6, beers=3)),
    case("failures", "", one_by_one(30, "failed")),
    case("a single flight", "", served(20), crowd(1, 300), crowd(7, 301, "wait"), served(20, 500)),
    case("only waiting", "", crowd(9, 0, "wait")),
    case("a crowd of two", "", served(20), crowd(2, 300), served(20, 500)),
    case("a crowd for different beers", "", served(20), *(crowd(1, 300 + n, beer=beer)
         for n, beer in enumerate(BEERS)), served(20, 600)),
    case("it expires, and one at a time computes it", "", served(40), one_by_one(6, start=1_000)),
    case("a crowd at the very start", "", crowd(4, 0), served(90, 200)),
    case("a crowd that fails", "", served(20), crowd(5, 300, "failed"), served(20, 600)),
    case("one after another, without a gap", "", served(40),
         [Ask(500 + 93 * n, 90) for n in range(4)]),
    case("a crowd that is served", "", served(20), crowd(8, 300, "true", lasts=3)),
    case("an expiry of each beer, alone", "", served(40), served(40, 2, "stout"),
         crowd(1, 600), crowd(1, 650, beer="stout"), served(9, 900)),
]  # fmt: skip


def traces_of(asks: Iterable[Ask], seed: int) -> list[Trace]:
    """Return a trace for each, with a little chance in its times; in any order."""
    rng = random.Random(seed)
    traces = [_trace(number, ask, rng) for number, ask in enumerate(asks, 1)]
    rng.shuffle(traces)
    return traces


def _trace(number: int, ask: Ask, rng: random.Random) -> Trace:
    start = ask.at + rng.uniform(0, 0.4)
    end = start + ask.lasts * rng.uniform(0.98, 1.02)
    hit = "true" if ask.hit == "true" else "false"
    root = span(1, 0, start, end, "flask", "web", "GET /pair", kind="server", cache__hit=hit)  # type: ignore[arg-type]
    root.tags |= {"beer.name": ask.beer, "url.path": "/pair", "request.bytes": rng.randrange(99)}
    if ask.hit == "failed":
        root.tags["http.response.status_code"] = "404"
    name = "pairing.wait" if ask.hit == "wait" else "match"
    return read_trace(f"{number:032x}", [root, span(2, 1, start, end - 0.5, name)])  # type: ignore[arg-type]
