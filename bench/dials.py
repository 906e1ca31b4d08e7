"""What each planted bottleneck costs: the same request before and after its dial was turned.

The two services run as real processes beside a real Redis; "before" and "after" take turns, so that
a noisy machine does not decide. The table is the one in docs/bottlenecks.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import NamedTuple

import requests

from tutor.paths import ROOT
from tutor.ports import any_free
from tutor.redis_server import find_redis_server

EXAMPLES = """examples:
  python -m bench.dials               about a minute and a half
  python -m bench.dials --rounds 2    a quick look
"""
VISITORS = 8
ROOMY = {"PALATES": 12, "TASTER_WORKERS": 12, "DB_POOL_SIZE": 12}
"""No queue anywhere: what is looked at is then the only thing that is narrow."""

Measure = Callable[[str], float]


class Row(NamedTuple):
    """A bottleneck: what is measured, what stands before, and what turning its dials changes."""

    number: int
    what: str
    measure: Measure
    before: Mapping[str, float]
    after: Mapping[str, float]


def get(path: str) -> Measure:
    """Seconds for one GET of web."""

    def measure(web: str) -> float:
        began = time.perf_counter()
        requests.get(web + path, timeout=60)
        return time.perf_counter() - began

    return measure


def at_once(path: str) -> Measure:
    """The median of several GETs at the same time."""

    def measure(web: str) -> float:
        with ThreadPoolExecutor(VISITORS) as pool:
            return median(pool.map(get(path), [web] * VISITORS))

    return measure


def beside_pairings(path: str) -> Measure:
    """Seconds for a GET while as many visitors are pairing."""

    def measure(web: str) -> float:
        with ThreadPoolExecutor(VISITORS) as pool:
            pairing = [pool.submit(get(PAIR), web) for _ in range(VISITORS)]
            time.sleep(0.4)  # so that they hold their connections
            took = get(path)(web)
            for each in pairing:
                each.result()
        return took

    return measure


def first_byte(path: str) -> Measure:
    """Seconds until the first byte of the answer's body."""

    def measure(web: str) -> float:
        began = time.perf_counter()
        with requests.get(web + path, stream=True, timeout=60) as answer:
            next(answer.iter_content(1))
            return time.perf_counter() - began

    return measure


PAIR = "/pair/beer?name=ipa"
ROWS = [
    Row(1, "one pairing", get(PAIR), {}, {"BAKERS_JOINED": 1}),
    Row(2, "one pairing", get(PAIR), {}, {"OPINIONS_AT_ONCE": 1}),
    Row(3, "one pairing", get(PAIR), {}, {"TASTES_AT_ONCE": 1}),
    Row(4, "one pairing", get(PAIR), ROOMY, {"TASTE_THREADS": 12}),
    Row(5, "one pairing, asked before", get(PAIR), {}, {"PAIRING_CACHE_S": 60}),
    Row(6, f"{VISITORS} pairings of one beer", at_once(PAIR), {}, {"SINGLE_FLIGHT": 1}),
    Row(7, f"{VISITORS} pairings", at_once(PAIR), {**ROOMY, "PALATES": 1}, {"PALATES": 12}),
    Row(
        8,
        f"{VISITORS} pairings",
        at_once(PAIR),
        {**ROOMY, "TASTER_WORKERS": 1},
        {"TASTER_WORKERS": 12},
    ),
    Row(
        9,
        f"/beers/ipa beside {VISITORS} pairings",
        beside_pairings("/beers/ipa"),
        {},
        {"RELEASE_CONNECTION": 1},
    ),
    Row(10, "one pairing of barleywine", get("/pair/beer?name=barleywine"), {}, {"ATTEMPTS": 1}),
    Row(11, "/beers/ipa/reviews", get("/beers/ipa/reviews"), {}, {"REVIEWS_INDEX": 1}),
    Row(12, "first byte of /menu", first_byte("/menu"), {}, {"MENU_STREAM": 1}),
]


class Services:
    """The two services, and their dials."""

    def __init__(self, web: str, taster: str) -> None:
        self.web = web
        self._defaults = {url: self._ask(url) for url in (web, taster)}

    @staticmethod
    def _ask(url: str) -> dict[str, float]:
        dials = requests.get(f"{url}/dials", timeout=9).json()["dials"]
        return {name: dial["default"] for name, dial in dials.items()}

    def turn(self, wanted: Mapping[str, float]) -> None:
        """Turn these dials, and all others back to where they started."""
        for url, defaults in self._defaults.items():
            places = {name: wanted.get(name, default) for name, default in defaults.items()}
            requests.put(f"{url}/dials", json=places, timeout=9).raise_for_status()


@contextmanager
def process(*command: str, **env: str) -> Iterator[subprocess.Popen[str]]:
    """A program that runs until the block ends."""
    running = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield running
    finally:
        running.terminate()
        running.communicate()


def started(running: subprocess.Popen[str]) -> str:
    """The address that a service says it listens on."""
    for line in running.stdout or ():
        if " listening on " in line:
            return line.split()[-1]
    raise SystemExit("a service did not start; try it alone: python services/web.py")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="5 unless told")
    rounds = parser.parse_args().rounds
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        port = any_free()
        redis = [str(find_redis_server()), "--port", str(port), "--save", "", "--dir", folder]
        stack.enter_context(process(*redis, "--bind", "127.0.0.1"))
        env = {"DATA_DIR": folder, "REDIS_URL": f"redis://127.0.0.1:{port}/0", "PORT": "0"}
        env["COLLECTOR_URL"] = f"http://127.0.0.1:{any_free()}"
        taster = started(stack.enter_context(process(sys.executable, "services/taster.py", **env)))
        env["TASTER_URL"] = taster
        web = started(stack.enter_context(process(sys.executable, "services/web.py", **env)))
        services = Services(web, taster)
        print(" #  what is measured                     before      after      ratio  turned")
        for row in ROWS:
            print(line(row, services, rounds), flush=True)


def line(row: Row, services: Services, rounds: int) -> str:
    """Measure a row, before and after in turn, and put the medians into a line."""
    places = (row.before, {**row.before, **row.after})
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for place, times in zip(places, took, strict=True):
            services.turn(place)
            seconds = row.measure(services.web)
            if number:  # the first one fills pools and caches
                times.append(seconds)
    before, after = (median(times) * 1000 for times in took)
    turned = ", ".join(f"{name}={value}" for name, value in row.after.items())
    return (
        f"{row.number:2}  {row.what:32} {before:7.0f} ms {after:7.0f} ms"
        f" {before / after:8.1f}×  {turned}"
    )


if __name__ == "__main__":
    main()
