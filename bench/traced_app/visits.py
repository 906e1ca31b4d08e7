"""Pairings asked for by several visitors at once, each one after another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from time import perf_counter
from typing import NamedTuple
from urllib.parse import urlsplit

PATH = "/pair/beer?name=ipa"
TIMEOUT_S = 30


class Visits(NamedTuple):
    """What visitors have seen."""

    seconds: float
    """From the first question to the last answer."""
    times_ms: list[float]
    """How long each answer took."""


def visit(web: str, visitors: int, pairings: int) -> Visits:
    """Have visitors ask for so many pairings altogether; none asks before its last answer came.

    Raises `RuntimeError` if an answer is not 200, and `OSError` if there is none.
    """
    questions = iter(range(pairings))  # which all of them take from
    times_ms: list[float] = []

    def ask() -> None:
        with closing(HTTPConnection(urlsplit(web).netloc, timeout=TIMEOUT_S)) as connection:
            for _ in questions:
                began = perf_counter()
                connection.request("GET", PATH)
                answer = connection.getresponse()
                body = answer.read()
                times_ms.append((perf_counter() - began) * 1000)
                if answer.status != 200:
                    raise RuntimeError(f"{web}{PATH} answered {answer.status}: {body[:200]!r}")

    began = perf_counter()
    with ThreadPoolExecutor(visitors) as pool:
        for asking in [pool.submit(ask) for _ in range(visitors)]:
            asking.result()
    return Visits(perf_counter() - began, times_ms)
