"""tray: what a request brings to be tasted. A donut that is still frozen has to thaw first."""

from __future__ import annotations

from services import errors, parallel_tastes
from services.current_trace import tag
from services.dials import dials, pause
from services.flavour import HOPS, SUGAR
from services.menu import FROZEN

MOST = 60

dialled = parallel_tastes.in_threads


def one() -> tuple[str, str]:
    """The beer and the donut in the query. Answered with 400 or 404 if one is missing or unknown.

    The frozen donut thaws for THAW_MS, which is longer than web waits (bottleneck 10).
    """
    beer, donut = errors.required("beer"), errors.required("donut")
    _known(beer, [donut])
    if donut == FROZEN:
        tag("planted", "bottleneck 10: this donut is frozen and has to thaw")
        pause(dials.THAW_MS)
    return beer, donut


def many() -> tuple[str, list[str]]:
    """The beer and the donuts in the JSON body, but for the frozen one: many don't wait for one."""
    body = errors.sent_json()
    beer, donuts = (body.get("beer"), body.get("donuts")) if isinstance(body, dict) else (0, 0)
    if (
        not isinstance(beer, str)
        or not isinstance(donuts, list)
        or not all(isinstance(donut, str) for donut in donuts)
        or len(donuts) > MOST
    ):
        errors.refuse(
            400,
            'send JSON as in {"beer": "ipa", "donuts": ["glazed", "jelly"]},'
            f" at most {MOST} donuts, with Content-Type application/json",
        )
    _known(beer, donuts)
    thawed = [donut for donut in donuts if donut != FROZEN]
    parallel_tastes.announce(thawed)
    return beer, thawed


def _known(beer: str, donuts: list[str]) -> None:
    if beer not in HOPS:
        errors.unknown("beer", beer, HOPS)
    for donut in donuts:
        if donut not in SUGAR:
            errors.unknown("donut", donut, SUGAR)
