"""Each planted bottleneck is found by name; its dial removes it, and so does the fix in its lesson,
and the answers stay the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.dials import turned
from tutor import http
from tutor.checks.cached_pairings import CachedPairings
from tutor.checks.probe import SETTLE_S, Probe, Reply
from tutor.compare.same_answers import canonical
from tutor.course.lessons import Course
from tutor.sandbox import apps
from tutor.sandbox.temporary_stack import RunningApp, temporary_stack

COURSE = Course()
SLOW_STEP = 11
"""The checkpoint in which all of them are planted."""

PAIRING = "/pair/beer?name=ipa"
BEERS = ("stout", "saison", "porter", "gose", "bock", "dubbel", "tripel", "helles")

SHOWS = {
    "planted": True,
    "its dial turned": False,
    "before the lesson": True,
    "after the lesson": False,
}
"""The situations, and whether the bottleneck must be found in each."""

FURTHER_LOOKS = 2
"""How often to look again if the first look is not as expected: a busy machine can make anything
wait."""

Exposing = Callable[[Probe], list[Reply]]


@cache
def one(path: str) -> Exposing:
    """Show it with a single request."""
    return lambda app: [app.get(path)]


@cache
def several(number: int) -> Exposing:
    """Show it with that many requests at once, each for another pairing."""
    paths = [f"/pair/beer?name={beer}" for beer in BEERS[:number]]
    return lambda app: app.get_at_once(paths)


@cache
def again(number: int, path: str) -> Exposing:
    """Show it in several traces, or look for it in more than one."""
    return lambda app: [app.get(path) for _ in range(number)]


def expiry(app: Probe) -> list[Reply]:
    """Show it when a cached pairing has expired and several requests need it."""
    cached = [app.get(PAIRING), app.get(PAIRING)]
    CachedPairings(app).expire("ipa")
    return cached + app.get_at_once([PAIRING] * 6)


@dataclass(frozen=True, eq=False)
class Bottleneck:
    """What is planted: `exposing` shows it, as a finding of that `kind` at the operation with that
    `name` and `resource`, unless `dial` is turned, and until `lesson`. The dials in `stage` keep
    the other bottlenecks away from it."""

    number: int
    kind: str
    name: str
    resource: str
    exposing: Exposing
    dial: Mapping[str, float]
    lesson: int
    stage: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"

    def situation(self, name: str) -> tuple[int, Mapping[str, float]]:
        """Return the checkpoint to look at in a situation (of `SHOWS`), and the dials to turn."""
        numbers = {"before the lesson": self.lesson - 1, "after the lesson": self.lesson}
        dials = {**self.stage, **self.dial} if name == "its dial turned" else self.stage
        return numbers.get(name, SLOW_STEP), dials


QUICK = {"BAKERS_JOINED": 1, "OPINIONS_AT_ONCE": 1, "TASTE_MS": 5}
ROOMY = {
    "BAKERS_JOINED": 1,
    "OPINIONS_AT_ONCE": 1,
    "TASTES_AT_ONCE": 1,
    "TASTE_THREADS": 12,
    "PALATES": 12,
    "TASTER_WORKERS": 12,
    "RELEASE_CONNECTION": 1,
    "TASTE_MS": 200,
}
"""No request waits for another one, and tasting is all that takes time."""
FROZEN = {"TASTE_TIMEOUT_S": 0.3, "THAW_MS": 400}
"""It thaws sooner than usual, and still later than a request waits."""

N_PLUS_ONE, FAN_OUT, WAIT = "n_plus_one", "sequential_fan_out", "wait_before_work"
SERVER, CALL, QUERY = "flask.request", "requests.request", "sqlalchemy.query"
PAIR, TASTE, TASTES = "GET /pair/beer", "GET /taste", "POST /taste"
BARLEYWINE = "/pair/beer?name=barleywine"

# fmt: off
BOTTLENECKS = [
    Bottleneck(1, N_PLUS_ONE, QUERY, "FROM baker", one(PAIRING), {"BAKERS_JOINED": 1}, 12),
    Bottleneck(2, N_PLUS_ONE, "redis.command", "GET", one(PAIRING), {"OPINIONS_AT_ONCE": 1}, 12),
    Bottleneck(3, FAN_OUT, CALL, TASTE, one(PAIRING), {"TASTES_AT_ONCE": 1}, 12),
    Bottleneck(4, FAN_OUT, "palate.taste", "", one(PAIRING), {"TASTE_THREADS": 12}, 13,
               {"TASTES_AT_ONCE": 1}),
    Bottleneck(5, "never_cached", SERVER, PAIR, again(7, PAIRING), {"PAIRING_CACHE_S": 60}, 14,
               QUICK),
    Bottleneck(6, "stampede", SERVER, PAIR, expiry, {"SINGLE_FLIGHT": 1}, 14,
               {**QUICK, "PAIRING_CACHE_S": 60, "DB_POOL_SIZE": 8}),
    Bottleneck(7, WAIT, "palate.wait", "", several(8), {"PALATES": 12}, 15,
               {**ROOMY, "PALATES": 1}),
    Bottleneck(8, "queue_at_server", SERVER, TASTES, several(8), {"TASTER_WORKERS": 12}, 15,
               {**ROOMY, "TASTER_WORKERS": 2}),
    Bottleneck(9, WAIT, "db.pool.wait", "", several(4), {"RELEASE_CONNECTION": 1}, 15,
               {**ROOMY, "RELEASE_CONNECTION": 0, "DB_POOL_SIZE": 1, "TASTE_MS": 400}),
    Bottleneck(10, "retry_storm", CALL, TASTE, one(BARLEYWINE), {"ATTEMPTS": 1}, 15, FROZEN),
    Bottleneck(10, "round_timeout", CALL, TASTE, one(BARLEYWINE), {"THAW_MS": 0}, 15, FROZEN),
    Bottleneck(11, "fat_query", QUERY, "FROM review", again(3, "/beers/ipa/reviews"),
               {"REVIEWS_INDEX": 1}, 16),
    Bottleneck(12, "childless_work", SERVER, "GET /menu", one("/menu"), {"MENU_STREAM": 1}, 16),
]
# fmt: on


@dataclass(frozen=True)
class Look:
    """What an app answered, and the traces that it left: those of a deploy between two moments, in
    nanoseconds since 1970."""

    app: Probe
    version: str
    began: int
    ended: int
    answers: list[str]

    def traces(self) -> tuple[float, list[dict[str, Any]]]:
        """Return how many there are, and the findings in them, each with its operation (`at`)."""
        query = {"q": f"version:{self.version} synthetic:any", "by": "operation"}
        query |= {"from": str(self.began), "to": str(self.ended)}
        while True:
            url = f"{self.app.target.collector}/api/graph?{urlencode(query)}"
            graph = http.get(url, timeout=30).json()
            if not graph["sample"]["pending"]:
                break
            time.sleep(0.1)
        nodes = {node["key"]: node for node in graph["nodes"]}
        findings = [finding | {"at": nodes[finding["key"]]} for finding in graph["findings"]]
        return graph["count"], findings

    def shows(self, bottleneck: Bottleneck) -> bool:
        """Return whether at least half of the traces show it: one may look so on a busy machine."""
        count, findings = self.traces()
        assert count == len(self.answers)
        return any(
            (finding["kind"], finding["at"]["name"]) == (bottleneck.kind, bottleneck.name)
            and bottleneck.resource in " ".join(finding["at"]["resource"].split())
            and 2 * finding["traces"] >= (1 if bottleneck.kind in ACROSS_TRACES else count)
            for finding in findings
        )


ACROSS_TRACES = ("never_cached", "stampede")
"""Found in many traces together: the finding counts those that did the work again."""


class Apps:
    """The checkpoints from `SLOW_STEP` on, all running, each with a Redis of its own."""

    def __init__(self, end: ExitStack) -> None:
        shared = end.enter_context(temporary_stack()).addresses
        self._running: dict[int, RunningApp] = {}
        for step in COURSE.steps[SLOW_STEP - 1 :]:
            stack = end.enter_context(temporary_stack(["redis"], shared))
            app = apps.checkpoint(step, stack.new_folder("logs"))
            self._running[step.number] = stack.start(app)

    def __getitem__(self, number: int) -> Probe:
        running = self._running[number]
        running.wait()
        return Probe(running.target, COURSE)


class Looks:
    """Shows bottlenecks in the running checkpoints, and keeps the first look at each."""

    def __init__(self, running: Apps) -> None:
        self._running = running
        self._first: dict[object, Look] = {}

    def first(self, bottleneck: Bottleneck, situation: str) -> Look:
        """Return the first look. Several bottlenecks may share one."""
        number, dials = bottleneck.situation(situation)
        key = (number, bottleneck.exposing, frozenset(dials.items()))
        if key not in self._first:
            self._first[key] = self.again(bottleneck, situation)
        return self._first[key]

    def again(self, bottleneck: Bottleneck, situation: str) -> Look:
        """Take another look."""
        number, dials = bottleneck.situation(situation)
        app = self._running[number]
        with turned([app.target.web, app.target.taster], dials):
            CachedPairings(app).expire("ipa", *BEERS)
            began = time.time_ns()
            replies = bottleneck.exposing(app)
            ended = time.time_ns()
        answers = [canonical(reply.status, reply.body) for reply in replies]
        return Look(app, f"step-{number}", began, ended, answers)


@pytest.fixture(scope="module")
def looks(warm_apps: None) -> Iterator[Looks]:
    """A first look at everything, whose traces have arrived."""
    with ExitStack() as end:
        made = Looks(Apps(end))
        for bottleneck in BOTTLENECKS:
            for situation in SHOWS:
                made.first(bottleneck, situation)
        time.sleep(SETTLE_S)
        yield made


@pytest.mark.parametrize("bottleneck", BOTTLENECKS, ids=str)
def test_it_is_found_and_its_dial_removes_it_and_so_does_its_cure(
    bottleneck: Bottleneck, looks: Looks
) -> None:
    shown, answers = {}, set()
    for situation, expected in SHOWS.items():
        seen = looks.first(bottleneck, situation)
        shown[situation] = seen.shows(bottleneck)
        for _ in range(FURTHER_LOOKS):
            if shown[situation] == expected:
                break
            seen = looks.again(bottleneck, situation)
            time.sleep(SETTLE_S)
            shown[situation] = seen.shows(bottleneck)
        answers.add(tuple(sorted(seen.answers)))
    assert shown == SHOWS
    assert len(answers) == 1
