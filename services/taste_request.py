"""What a request wants to have tasted. A donut that is still frozen has to thaw first."""

from __future__ import annotations

from typing import Any

from services import errors, parallel_tastes
from services.current_trace import tag
from services.dials import dials, pause
from services.flavour import HOPS, SUGAR
from services.menu import FROZEN

MAX_DONUTS = 60
"""Donuts in one request."""

dialled = parallel_tastes.in_threads


def one() -> tuple[str, str]:
    """Return the beer and the donut in the query; answer with 400 or 404 if that fails.

    The frozen donut thaws for THAW_MS, which is longer than web waits (bottleneck 10).
    """
    beer, donut = errors.required("beer"), errors.required("donut")
    _require_known(beer, [donut])
    if donut == FROZEN:
        tag("planted", "bottleneck 10: this donut is frozen and has to thaw")
        pause(dials.THAW_MS)
    return beer, donut


def many() -> tuple[str, list[str]]:
    """Return the beer and the donuts in the JSON body, without the frozen one: nobody waits for it.

    Answer with 400 or 404 if the body is not like that.
    """
    order = _order(errors.sent_json())
    if order is None:
        errors.refuse(
            400,
            'send JSON as in {"beer": "ipa", "donuts": ["glazed", "jelly"]},'
            f" at most {MAX_DONUTS} donuts, with Content-Type application/json",
        )
    beer, donuts = order
    _require_known(beer, donuts)
    thawed = [donut for donut in donuts if donut != FROZEN]
    parallel_tastes.announce(thawed)
    return beer, thawed


def _order(body: Any) -> tuple[str, list[str]] | None:
    """Return the beer and the donuts that a JSON body names; None if it does not, or too many."""
    if not isinstance(body, dict):
        return None
    beer, donuts = body.get("beer"), body.get("donuts")
    if not isinstance(beer, str) or not isinstance(donuts, list) or len(donuts) > MAX_DONUTS:
        return None
    return (beer, donuts) if all(isinstance(donut, str) for donut in donuts) else None


def _require_known(beer: str, donuts: list[str]) -> None:
    """Answer with 404 unless all of them are on the menu."""
    if beer not in HOPS:
        errors.unknown("beer", beer, HOPS)
    for donut in donuts:
        if donut not in SUGAR:
            errors.unknown("donut", donut, SUGAR)
