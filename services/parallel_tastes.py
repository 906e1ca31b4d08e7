"""Tasting several donuts at once, if a dial says so, although the code goes one by one.

A lesson's code is a plain loop over `taste(beer, donut)`. So that a teacher can turn it into a
thread pool while it runs, the request announces which donuts it is going to taste, and the first
call starts them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import wraps
from typing import TypeVar

from flask import g, has_app_context

from services.dials import dials

R = TypeVar("R")
Taste = Callable[[str, str], R]


def announce(donuts: Sequence[str]) -> None:
    """Announce which donuts this request is going to taste."""
    g.announced = list(donuts)


def announced(donut: str) -> bool:
    """Return whether this request has announced `donut`."""
    return has_app_context() and donut in g.get("announced", ())


def in_threads(taste: Taste[R]) -> Taste[R]:
    """Decorate `taste(beer, donut)` so that TASTE_THREADS announced donuts are tasted at once."""

    @wraps(taste)
    def tasted(beer: str, donut: str) -> R:
        if dials.TASTE_THREADS == 1 or not announced(donut):
            return taste(beer, donut)
        if "tasted" not in g:
            with ThreadPoolExecutor(dials.TASTE_THREADS) as pool:
                g.tasted = {
                    name: pool.submit(copy_context().run, taste, beer, name) for name in g.announced
                }
        return g.tasted[donut].result()

    return tasted
