"""ahead: tastes what is announced all at once, if a dial says so, where the code goes one by one.

A lesson's code is a plain loop over `taste(beer, donut)`. To let a teacher turn that into a pool
while it runs, whoever knows what will be tasted announces it, and the first call fetches it all.
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
    """Tell what this request is going to taste."""
    g.announced = list(donuts)


def announced(donut: str) -> bool:
    """Whether `donut` was announced by this request."""
    return has_app_context() and donut in g.get("announced", ())


def in_threads(taste: Taste[R]) -> Taste[R]:
    """Decorate `taste(beer, donut)`: TASTE_THREADS of what was announced are tasted at once."""

    @wraps(taste)
    def tasted(beer: str, donut: str) -> R:
        if dials.TASTE_THREADS == 1 or not announced(donut):
            return taste(beer, donut)
        if "tasted" not in g:
            with ThreadPoolExecutor(dials.TASTE_THREADS) as pool:
                g.tasted = {
                    each: pool.submit(copy_context().run, taste, beer, each) for each in g.announced
                }
        return g.tasted[donut].result()

    return tasted
