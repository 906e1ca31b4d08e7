"""What is planted is found by name; its dial removes it, and so does the cure that its lesson
writes, and nobody is answered otherwise."""

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
SLOW = 11
"""The checkpoint in which all of them are planted."""

PAIRING = "/pair/beer?name=ipa"
BEERS = ("stout", "saison", "porter", "gose", "bock", "dubbel", "tripel", "helles")

SHOWS = {
    "planted": True,
    "its dial turned": False,
    "before the lesson": True,
    "after the lesson": False,
}
"""In which situations it is to be found."""

CHANCES = 2
"""Further looks, if the first is not as expected: a busy machine can make anything wait."""

Exposing = Callable[[Probe], list[Reply]]


@cache
def one(path: str) -> Exposing:
    """A single request shows it."""
    return lambda app: [app.get(path)]


@cache
def several(number: int) -> Exposing:
    """It shows when so many ask at once, each for another pairing."""
    paths = [f"/pair/beer?name={beer}" for beer in BEERS[:number]]
    return lambda app: app.get_at_once(paths)


@cache
def again(number: int, path: str) -> Exposing:
    """It shows in many traces, or should be looked for in more than one."""
    return lambda app: [app.get(path) for _ in range(number)]


def expiry(app: Probe) -> list[Reply]:
    """It shows when something that was kept has expired, and several want it."""
    kept = [app.get(PAIRING), app.get(PAIRING)]
    CachedPairings(app).expire("ipa")
    return kept + app.get_at_once([PAIRING] * 6)


@dataclass(frozen=True, eq=False)
class Bottleneck:
    """What is planted: `exposing` shows it, as a finding of that `kind` at the operation of that
    `name` and `resource`, unless `dial` is turned, and until `lesson`. `stage` are the dials that
    have it stand alone."""

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
        """Which checkpoint is looked at in that situation, one of `SHOWS`, and with which dials."""
        numbers = {"before the lesson": self.lesson - 1, "after the lesson": self.lesson}
        dials = {**self.stage, **self.dial} if name == "its dial turned" else self.stage
        return numbers.get(name, SLOW), dials


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
"""Nobody waits for anybody, and what a pairing takes is tasting."""
FROZEN = {"TASTE_TIMEOUT_S": 0.3, "THAW_MS": 400}
"""For a shorter time than usual, and still longer than anybody waits."""

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
class Seen:
    """What an app answered, and the traces that it left: those of a deploy from a moment on, to
    another."""

    app: Probe
    version: str
    began: int
    ended: int
    answers: list[str]

    def traces(self) -> tuple[float, list[dict[str, Any]]]:
        """How many there are, and what was found in them, each with its operation."""
        asked = {"q": f"version:{self.version}", "by": "operation"}
        asked |= {"from": str(self.began), "to": str(self.ended)}
        while True:
            url = f"{self.app.target.collector}/api/graph?{urlencode(asked)}"
            found = http.get(url, timeout=30).json()
            if not found["sample"]["pending"]:
                break
            time.sleep(0.1)
        nodes = {node["key"]: node for node in found["nodes"]}
        return found["count"], [each | {"at": nodes[each["key"]]} for each in found["findings"]]

    def shows(self, bottleneck: Bottleneck) -> bool:
        """Whether at least half of the traces show it: a busy machine may make one look so."""
        count, findings = self.traces()
        assert count == len(self.answers)
        return any(
            (each["kind"], each["at"]["name"]) == (bottleneck.kind, bottleneck.name)
            and bottleneck.resource in " ".join(each["at"]["resource"].split())
            and 2 * each["traces"] >= (1 if bottleneck.kind in ACROSS else count)
            for each in findings
        )


ACROSS = ("never_cached", "stampede")
"""Found in many traces together: the finding counts those that did the work again."""


class Apps:
    """The checkpoints from `SLOW` on, all running, each with a Redis of its own."""

    def __init__(self, end: ExitStack) -> None:
        shared = end.enter_context(temporary_stack()).addresses
        self._running: dict[int, RunningApp] = {}
        for step in COURSE.steps[SLOW - 1 :]:
            place = end.enter_context(temporary_stack(["redis"], shared))
            app = apps.checkpoint(step, place.new_folder("logs"))
            self._running[step.number] = place.start(app)

    def __getitem__(self, number: int) -> Probe:
        running = self._running[number]
        running.wait()
        return Probe(running.target, COURSE)


class Looks:
    """Exposes checkpoints to what shows a bottleneck: once, or again."""

    def __init__(self, running: Apps) -> None:
        self._running = running
        self._seen: dict[object, Seen] = {}

    def first(self, bottleneck: Bottleneck, situation: str) -> Seen:
        """What was seen at first. Several bottlenecks may show in the same."""
        number, dials = bottleneck.situation(situation)
        key = (number, bottleneck.exposing, frozenset(dials.items()))
        if key not in self._seen:
            self._seen[key] = self.again(bottleneck, situation)
        return self._seen[key]

    def again(self, bottleneck: Bottleneck, situation: str) -> Seen:
        """What is seen now."""
        number, dials = bottleneck.situation(situation)
        app = self._running[number]
        with turned([app.target.web, app.target.taster], dials):
            CachedPairings(app).expire("ipa", *BEERS)
            began = time.time_ns()
            replies = bottleneck.exposing(app)
            ended = time.time_ns()
        answers = [canonical(reply.status, reply.body) for reply in replies]
        return Seen(app, f"step-{number}", began, ended, answers)


@pytest.fixture(scope="module")
def looks() -> Iterator[Looks]:
    """A first look at everything has been taken, and its traces have arrived."""
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
        for _ in range(CHANCES):
            if shown[situation] == expected:
                break
            seen = looks.again(bottleneck, situation)
            time.sleep(SETTLE_S)
            shown[situation] = seen.shows(bottleneck)
        answers.add(tuple(sorted(seen.answers)))
    assert shown == SHOWS
    assert len(answers) == 1
