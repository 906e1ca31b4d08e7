"""Which donuts are sent to the taster, and which one wins.

The dials that change how the candidates are tasted act here, so that web.py can stay plain.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

import requests
from flask import g

from services import errors, flavour, parallel_tastes
from services.current_trace import tag
from services.dials import dials
from services.menu import FROZEN
from services.models import Beer, Donut, db

TASTER_URL = os.environ.get("TASTER_URL") or "http://127.0.0.1:5001"
PLANTED = "bottleneck 10: the frozen donut thaws for longer than the timeout"

Taste = Callable[[str, str], "float | None"]
kept_connection = requests.Session()


def shortlist(beer: Beer, donuts: Sequence[Donut], opinions: Mapping[str, int]) -> list[Donut]:
    """Return the donuts worth tasting with the beer, the most promising first.

    `opinions` has what the bakers think of each donut, by its name.
    """
    candidates = flavour.candidates(beer.hops, donuts, opinions)
    if dials.RELEASE_CONNECTION:
        db.session.close()
    parallel_tastes.announce([donut.name for donut in candidates])
    return candidates


def winner(beer: Beer, scores: Mapping[Donut, float | None]) -> dict[str, Any]:
    """Return the pairing with the highest score.

    A donut without a score was not tasted and can't win. Answer with 503 if none was tasted.
    """
    tasted = {donut: score for donut, score in scores.items() if score is not None}
    untasted = [donut.name for donut in scores if donut not in tasted]
    if not tasted:
        errors.refuse(503, f"the taster at {TASTER_URL} is too slow: nothing was tasted in time")
    best, score = max(tasted.items(), key=lambda pair: (pair[1], pair[0].name))
    if untasted:
        tag("untasted", ", ".join(untasted))
    if FROZEN in untasted:
        tag("planted", PLANTED)
    return {
        "beer": beer.name,
        "match": {"donut": best.name, "baker": best.baker.name, "score": score},
        "untasted": [_excuse(donut) for donut in untasted],
    }


def dialled(taste: Taste) -> Taste:
    """Decorate the function that has one donut tasted, so that dials can change how it is done.

    TASTES_AT_ONCE and TASTE_THREADS change what happens when it is called for one candidate after
    another.
    """
    in_threads = parallel_tastes.in_threads(taste)

    @wraps(taste)
    def tasted(beer: str, donut: str) -> float | None:
        if not dials.TASTES_AT_ONCE or not parallel_tastes.announced(donut):
            return in_threads(beer, donut)
        if "scores" not in g:
            g.scores = _taste_at_once(beer, g.announced)
        return g.scores[donut] if donut in g.scores else taste(beer, donut)

    return tasted


def _taste_at_once(beer: str, donuts: list[str]) -> dict[str, float]:
    answer = kept_connection.post(
        f"{TASTER_URL}/taste",
        json={"beer": beer, "donuts": donuts},
        timeout=dials.TASTE_TIMEOUT_S * len(donuts),
    )
    answer.raise_for_status()
    return answer.json()["scores"]


def _excuse(donut: str) -> str:
    planted = f" (planted: {PLANTED})" if donut == FROZEN else ""
    return f"{donut}: the taster did not answer in time{planted}"
