"""What each planted bottleneck costs: the same request before and after its dial was turned.

The two services run as real processes with a real Redis; "before" and "after" take turns, so that a
noisy machine affects both. The table is the one in docs/bottlenecks.md.
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
AT_ONCE = 8
NO_QUEUES = {"PALATES": 12, "TASTER_WORKERS": 12, "DB_POOL_SIZE": 12}
"""Dials without a queue anywhere, so that only the bottleneck that is measured is narrow."""

Measure = Callable[[str], float]


class Row(NamedTuple):
    """A bottleneck: what is measured, the dials before, and the dials to turn."""

    number: int
    what: str
    measure: Measure
    before: Mapping[str, float]
    after: Mapping[str, float]


def get(path: str) -> Measure:
    """Return a measurement of one GET of web, in seconds."""

    def measure(web: str) -> float:
        began = time.perf_counter()
        requests.get(web + path, timeout=60)
        return time.perf_counter() - began

    return measure


def at_once(path: str) -> Measure:
    """Return a measurement of several GETs at the same time: their median, in seconds."""

    def measure(web: str) -> float:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return median(pool.map(get(path), [web] * AT_ONCE))

    return measure


def beside_pairings(path: str) -> Measure:
    """Return a measurement of a GET while pairings are under way, in seconds."""

    def measure(web: str) -> float:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            pairing = [pool.submit(get(PAIR), web) for _ in range(AT_ONCE)]
            time.sleep(0.4)  # so that they hold their connections
            seconds = get(path)(web)
            for future in pairing:
                future.result()
        return seconds

    return measure


def first_byte(path: str) -> Measure:
    """Return a measurement of the time to the first byte of the body, in seconds."""

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
    Row(4, "one pairing", get(PAIR), NO_QUEUES, {"TASTE_THREADS": 12}),
    Row(5, "one pairing, asked before", get(PAIR), {}, {"PAIRING_CACHE_S": 60}),
    Row(6, f"{AT_ONCE} pairings of one beer", at_once(PAIR), {}, {"SINGLE_FLIGHT": 1}),
    Row(
        7,
        f"{AT_ONCE} pairings",
        at_once(PAIR),
        {**NO_QUEUES, "PALATES": 1},
        {"PALATES": 12},
    ),
    Row(
        8,
        f"{AT_ONCE} pairings",
        at_once(PAIR),
        {**NO_QUEUES, "TASTER_WORKERS": 1},
        {"TASTER_WORKERS": 12},
    ),
    Row(
        9,
        f"/beers/ipa beside {AT_ONCE} pairings",
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

    def turn(self, values: Mapping[str, float]) -> None:
        """Turn these dials, and all others back to their defaults."""
        for url, defaults in self._defaults.items():
            all_values = {name: values.get(name, default) for name, default in defaults.items()}
            requests.put(f"{url}/dials", json=all_values, timeout=9).raise_for_status()


@contextmanager
def process(*command: str, **env: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program until the block ends."""
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
    """Return the address that a service prints when it is listening."""
    for line in running.stdout or ():
        if " listening on " in line:
            return line.split()[-1]
    raise SystemExit("a service did not start; try it alone: python services/web.py")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds (default: 5)")
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
    """Measure a row, before and after in turn, and return a line with the medians."""
    settings = (row.before, {**row.before, **row.after})
    measured: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for values, times in zip(settings, measured, strict=True):
            services.turn(values)
            seconds = row.measure(services.web)
            if number:  # the first one fills pools and caches
                times.append(seconds)
    before, after = (median(times) * 1000 for times in measured)
    turned = ", ".join(f"{name}={value}" for name, value in row.after.items())
    return (
        f"{row.number:2}  {row.what:32} {before:7.0f} ms {after:7.0f} ms"
        f" {before / after:8.1f}×  {turned}"
    )


if __name__ == "__main__":
    main()
