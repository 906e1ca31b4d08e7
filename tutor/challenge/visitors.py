"""The visitors of a build: they ask for the same each time, so that its trouble shows each time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tutor import http
from tutor.challenge.challenges import Challenge
from tutor.collector import Collector
from tutor.errors import NotReadyError

WARM_UP, WARM_UPS = "/beers/ipa", 8
"""What is asked first, and how often at once, without a trace: to have connections made and code
loaded is nobody's trouble."""
TIMEOUT_S = 30.0
"""How long one visitor may wait for an answer."""
ARRIVAL_TIMEOUT_S = 15.0
"""How long the traces may take to arrive at the collector."""
SETTLE_S = 0.7
"""The time within which the tracers of a running build send the rest of a trace, once a part of it
has arrived."""


def visit(web: str, waves: Sequence[Sequence[str]], progress: Callable[[str], None]) -> int:
    """Ask the app at `web` for all paths of a wave at once, wave by wave; return how many it were.

    Raises `NotReadyError` if the app does not answer, or not with 200.
    """
    asked = 0
    with ThreadPoolExecutor(WARM_UPS) as pool:
        list(pool.map(lambda path: _ask(web, path, http.UNSAMPLED), [WARM_UP] * WARM_UPS))
        for number, wave in enumerate(waves, start=1):
            progress(f"Guests arrive: {number} of {len(waves)} …")
            answers = pool.map(lambda path: _ask(web, path), wave)
            for path, answer in zip(wave, answers, strict=True):
                if answer.status != 200:
                    raise NotReadyError(f"{path} was answered with {answer.status}: {answer.text}")
            asked += len(wave)
    return asked


def wait_for_traces(challenge: Challenge, collector: Collector, since: int, count: int) -> None:
    """Wait until `count` traces of a build that began at or after `since` (ns since 1970) are
    stored, at least in part. Raises `NotReadyError` if they do not arrive."""
    deadline = time.monotonic() + ARRIVAL_TIMEOUT_S
    query = f"version:{challenge.version}"
    while (arrived := collector.summary(query, since)["traces"]) < count:
        if time.monotonic() > deadline:
            raise NotReadyError(
                f"only {arrived} of {count} traces have arrived at {collector.url}."
                " Is it busy? ./workshop status"
            )
        time.sleep(0.1)


def _ask(web: str, path: str, headers: Mapping[str, str] | None = None) -> http.Answer:
    return http.get(web + path, TIMEOUT_S, headers)
