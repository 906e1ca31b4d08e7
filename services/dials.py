"""dials: every deliberate delay and every planted bottleneck, one line each, with its reason.

A dial is a number with bounds. It starts at its default, or at the environment variable of the same
name, and can be turned while the app runs (`PUT /dials`, see common_routes.py). A switch is a dial with the
places 0 and 1. "#3" is the number of the bottleneck in docs/bottlenecks.md.
"""

from __future__ import annotations

import difflib
import math
import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

MINUTE_MS = 60_000
JITTER = 0.1  # a delay varies by a tenth of itself either way, as a real network's does

random_delays = random.Random(20170518)


class WrongDialError(ValueError):
    """A dial cannot be turned that way; the message says why, and which way it can."""


def dial(start: float, high: float, service: str, why: str, low: float = 0) -> Any:
    """One dial: where it starts, how far it turns, which service listens to it and why it is there."""
    return field(default=start, metadata={"low": low, "high": high, "service": service, "why": why})


# ruff: noqa: E501 (one dial, one line)
# fmt: off
@dataclass
class Dials:
    """Where all dials stand. Read them each time you need them: they may be turned at any moment."""

    SQL_ROUND_TRIP_MS: float = dial(2, MINUTE_MS, "web", "#1: a database is a network away, a SQLite file is not")
    BAKERS_JOINED: int = dial(0, 1, "web", "#1: 1 loads the bakers together with their donuts")
    REDIS_ROUND_TRIP_MS: float = dial(1, MINUTE_MS, "web", "#2: Redis is a network away, ours is next door")
    OPINIONS_AT_ONCE: int = dial(0, 1, "web", "#2: 1 asks Redis for all opinions in one MGET")
    CONNECT_MS: float = dial(5, MINUTE_MS, "taster", "#3: a new connection costs a handshake, with TLS several")
    TASTES_AT_ONCE: int = dial(0, 1, "web", "#3: 1 sends all candidates to the taster in one call")
    TASTE_MS: float = dial(25, MINUTE_MS, "taster", "#4: how long one taste takes")
    TASTE_THREADS: int = dial(1, 64, "web taster", "#4: tastes under way at once (web: calls; taster: in one call)", low=1)
    PAIRING_CACHE_S: float = dial(0, 86_400, "web", "#5: how long a pairing is kept in Redis; 0 keeps none")
    SINGLE_FLIGHT: int = dial(0, 1, "web", "#6: 1 lets one request find a pairing while the others wait for it")
    PALATES: int = dial(1, 64, "taster", "#7: requests that may taste at the same time", low=1)
    TASTER_WORKERS: int = dial(2, 64, "taster", "#8: requests that the taster's server takes on at the same time", low=1)
    DB_POOL_SIZE: int = dial(3, 64, "web", "#9: database connections that all of web's requests share", low=1)
    RELEASE_CONNECTION: int = dial(0, 1, "web", "#9: 1 gives the connection back before the tasting starts")
    ATTEMPTS: int = dial(3, 10, "web", "#10: how often a taste is tried, each time at once after a timeout", low=1)
    TASTE_TIMEOUT_S: float = dial(1, 60, "web", "#10: the timeout that somebody found round enough", low=0.01)
    THAW_MS: float = dial(1200, MINUTE_MS, "taster", "#10: how long the frozen donut thaws: longer than web waits")
    REVIEWS_INDEX: int = dial(0, 1, "web", "#11: 1 makes the index that finding the reviews of a beer needs")
    MENU_PAGE_MS: float = dial(10, MINUTE_MS, "web", "#12: how long it takes to letter one page of the menu")
    MENU_STREAM: int = dial(0, 1, "web", "#12: 1 sends each page of the menu once it is lettered, and compressed")
    # fmt: on

    def __post_init__(self) -> None:
        self._listeners: dict[str, list[Callable[[], None]]] = {}

    def of(self, service: str) -> dict[str, dict[str, Any]]:
        """The dials that `service` listens to: each one's value, default, bounds and reason."""
        return {
            each.name: {
                "value": getattr(self, each.name),
                "default": each.default,
                "low": each.metadata["low"],
                "high": each.metadata["high"],
                "why": each.metadata["why"],
            }
            for each in fields(self)
            if service in each.metadata["service"].split()
        }

    def turn(self, service: str, wanted: Mapping[str, Any]) -> dict[str, dict[str, float]]:
        """Turn dials of `service`, all of them or none; return what changed, as `{"from", "to"}`.

        Raises `WrongDialError`, and whatever a listener raises.
        """
        values = {name: checked(name, value) for name, value in wanted.items()}
        for name in values:
            owner = DIALS[name].metadata["service"]
            if service not in owner.split():
                raise WrongDialError(f"{name} is a dial of {owner}, this is {service}: turn it there")
        before = asdict(self)
        changed = {
            name: {"from": before[name], "to": value}
            for name, value in values.items()
            if before[name] != value
        }
        try:
            self._set({name: values[name] for name in changed})
        except Exception:
            self._set({name: before[name] for name in changed})
            raise
        return changed

    def on_turn(self, name: str, tell: Callable[[], None]) -> None:
        """Call `tell` each time after the dial `name` has been turned."""
        self._listeners.setdefault(name, []).append(tell)

    def _set(self, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            setattr(self, name, value)
        for name in values:
            for tell in self._listeners.get(name, ()):
                tell()


DIALS = {each.name: each for each in fields(Dials)}


def checked(name: str, value: Any) -> float:
    """`value` as the dial `name` takes it.

    Raises `WrongDialError`.
    """
    if name not in DIALS:
        near = difflib.get_close_matches(name.upper(), DIALS, n=1)
        advice = f"did you mean {near[0]}?" if near else "GET /dials lists them"
        raise WrongDialError(f"there is no dial {name!r}; {advice}")
    low, high = DIALS[name].metadata["low"], DIALS[name].metadata["high"]
    if not isinstance(value, int) and not (isinstance(value, float) and math.isfinite(value)):
        raise WrongDialError(f"{name} must be a number, not {value!r}")
    if not low <= value <= high:
        raise WrongDialError(f"{name} turns from {low} to {high}, not to {value}")
    if DIALS[name].type == "float":
        return float(value)
    if value != int(value):
        raise WrongDialError(f"{name} must be a whole number, not {value}")
    return int(value)


def from_environment(environment: Mapping[str, str]) -> Dials:
    """The dials, set by the environment variables of the same names.

    Raises `WrongDialError`.
    """
    values: dict[str, Any] = {}
    for name in DIALS.keys() & environment.keys():
        try:
            number = float(environment[name])
        except ValueError:
            number = math.nan
        if math.isnan(number):
            raise WrongDialError(
                f"the environment variable {name} must be a number, not {environment[name]!r}"
            )
        values[name] = checked(name, number)
    return Dials(**values)


def pause(milliseconds: float) -> None:
    """Sleep for about so many milliseconds; exactly none for 0."""
    if milliseconds > 0:
        time.sleep(milliseconds / 1000 * random_delays.uniform(1 - JITTER, 1 + JITTER))


try:
    dials = from_environment(os.environ)
except WrongDialError as problem:
    raise SystemExit(str(problem)) from None
