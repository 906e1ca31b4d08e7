"""Every deliberate delay and every planted bottleneck: one line each, with its reason.

A dial is a number with bounds. It starts at its default, or at the environment variable of the same
name, and can be turned while the app runs (`PUT /dials`, see common_routes.py). A switch is a dial
with the positions 0 and 1. Each line says which service has the dial, in which files of services/
it acts, and why it is there. "#3" is the number of the bottleneck in docs/bottlenecks.md; what is no
bottleneck names its lesson.
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
JITTER = 0.1
"""The share of itself by which a delay varies either way, as a real network's does."""

random_delays = random.Random(20170518)


class WrongDialError(ValueError):
    """A dial that does not exist, or a value that it cannot have; the message says why."""


def dial(default: float, high: float, service: str, acts_in: str, why: str, low: float = 0) -> Any:
    """Return the field of a dial, from `low` to `high`."""
    metadata = {"low": low, "high": high, "service": service, "acts_in": acts_in, "why": why}
    return field(default=default, metadata=metadata)


# ruff: noqa: E501 (one dial, one line)
# fmt: off
@dataclass
class Dials:
    """The values of all dials. Read them each time you need them: they may change at any moment."""

    SQL_ROUND_TRIP_MS: float = dial(2, MINUTE_MS, "web", "database.py", "#1: a database is a network away, a SQLite file is not")
    BAKERS_JOINED: int = dial(0, 1, "web", "database.py", "#1: 1 loads the bakers together with their donuts")
    REDIS_ROUND_TRIP_MS: float = dial(1, MINUTE_MS, "web", "donutdb.py", "#2: Redis is a network away, ours is next door")
    OPINIONS_AT_ONCE: int = dial(0, 1, "web", "donutdb.py", "#2: 1 asks Redis for all opinions in one MGET")
    CONNECT_MS: float = dial(5, MINUTE_MS, "taster", "dev_server.py", "#3: a new connection costs a handshake, with TLS several")
    TASTES_AT_ONCE: int = dial(0, 1, "web", "tasting.py", "#3: 1 sends all candidates to the taster in one call")
    TASTE_MS: float = dial(25, MINUTE_MS, "taster", "taster.py", "#4: how long one taste takes")
    TASTE_THREADS: int = dial(1, 64, "web taster", "parallel_tastes.py", "#4: tastes under way at once (web: calls; taster: in one call)", low=1)
    PAIRING_CACHE_S: float = dial(0, 86_400, "web", "donutdb.py", "#5: how long a pairing is kept in Redis; 0 keeps none")
    PAIRING_CACHE_SIZE: int = dial(0, 10_000, "web", "evictions.py", "lesson 18: pairings kept in Redis at most; one more evicts the oldest (0: no limit)")
    EVICT_MS: float = dial(20, MINUTE_MS, "web", "evictions.py", "lesson 18: how long it takes to clear away an evicted pairing")
    SINGLE_FLIGHT: int = dial(0, 1, "web", "donutdb.py", "#6: 1 lets one request find a pairing while the others wait for it")
    PALATES: int = dial(1, 64, "taster", "palate.py", "#7: requests that may taste at the same time", low=1)
    TASTER_WORKERS: int = dial(2, 64, "taster", "dev_server.py", "#8: requests that the taster's server handles at the same time", low=1)
    DB_POOL_SIZE: int = dial(3, 64, "web", "database.py", "#9: database connections that all of web's requests share", low=1)
    RELEASE_CONNECTION: int = dial(0, 1, "web", "tasting.py", "#9: 1 gives the connection back before the tasting starts")
    ATTEMPTS: int = dial(3, 10, "web", "web.py", "#10: how often a taste is tried, each time right after a timeout", low=1)
    TASTE_TIMEOUT_S: float = dial(1, 60, "web", "web.py tasting.py", "#10: the timeout that somebody found round enough", low=0.01)
    THAW_MS: float = dial(1200, MINUTE_MS, "taster", "taste_request.py", "#10: how long the frozen donut thaws: longer than web waits")
    REVIEWS_INDEX: int = dial(0, 1, "web", "database.py", "#11: 1 creates the index that finding the reviews of a beer needs")
    MENU_PAGE_MS: float = dial(10, MINUTE_MS, "web", "menu_pages.py", "#12: how long it takes to letter one page of the menu")
    MENU_STREAM: int = dial(0, 1, "web", "catalog_routes.py", "#12: 1 sends each page of the menu once it is lettered, and compressed")
    ORDERS_BATCH: int = dial(0, 100, "web", "orders.py", "lesson 18: pairings served that are counted in the database at once, in the background (0: not at all)")
    ORDERS_WRITE_MS: float = dial(1000, MINUTE_MS, "web", "orders.py", "lesson 18: how long an order waits for its batch to fill up")
    INTRUDER: int = dial(0, 1, "web", "proofreader.py", "audit: 1 has the menu proofread by somebody who goes to the taster directly")
    CLOCK_OFFSET_MS: float = dial(0, 10_000, "taster", "taster_clock.py", "lesson 18: how far the clock that dates the taster's spans is ahead", low=-10_000)
    CLOCK_DRIFT_PPM: float = dial(0, 100_000, "taster", "taster_clock.py", "lesson 18: by how much that clock is too quick; 1,000 is 1 ms more each second", low=-100_000)
    # fmt: on

    def __post_init__(self) -> None:
        self._listeners: dict[str, list[Callable[[], None]]] = {}

    def of(self, service: str) -> dict[str, dict[str, Any]]:
        """Return the dials of `service`, by name: their values, defaults, bounds and reasons."""
        return {
            dial.name: {
                "value": getattr(self, dial.name),
                "default": dial.default,
                "low": dial.metadata["low"],
                "high": dial.metadata["high"],
                "why": dial.metadata["why"],
            }
            for dial in fields(self)
            if service in dial.metadata["service"].split()
        }

    def turn(self, service: str, new_values: Mapping[str, Any]) -> dict[str, dict[str, float]]:
        """Turn dials of `service`, all or none; return what changed, as `{name: {"from", "to"}}`.

        Raises `WrongDialError` if a dial or a value is wrong, and whatever a listener raises.
        """
        values = {name: checked(name, value) for name, value in new_values.items()}
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

    def on_turn(self, name: str, listener: Callable[[], None]) -> None:
        """Call `listener` each time after the dial `name` has been turned."""
        self._listeners.setdefault(name, []).append(listener)

    def _set(self, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            setattr(self, name, value)
        for name in values:
            for listener in self._listeners.get(name, ()):
                listener()


DIALS = {dial.name: dial for dial in fields(Dials)}


def checked(name: str, value: Any) -> float:
    """Return `value` as the dial `name` takes it, an int or a float.

    Raises `WrongDialError` if there is no such dial or if it cannot have the value.
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
    if value == int(value):
        return int(value)  # as people write it: 1, not 1.0
    if DIALS[name].type != "float":
        raise WrongDialError(f"{name} must be a whole number, not {value}")
    return value


def from_environment(environment: Mapping[str, str]) -> Dials:
    """Return the dials, set by the environment variables of the same names.

    Raises `WrongDialError` if a variable is not a value that its dial can have.
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
    """Sleep for about that many milliseconds; not at all for 0."""
    if milliseconds > 0:
        time.sleep(milliseconds / 1000 * random_delays.uniform(1 - JITTER, 1 + JITTER))


try:
    dials = from_environment(os.environ)
except WrongDialError as problem:
    raise SystemExit(str(problem)) from None
