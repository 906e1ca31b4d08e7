"""Every route of web and taster, asked as nobody should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dials import DIALS
from tests.fuzz import hostile
from tests.fuzz.conftest import NO_DELAYS
from tests.fuzz.exchange import FUZZING, check, exchange
from tests.servers import Server
from tests.services.pair import Pair

PARAMETERS = ("name", "beer", "donut")
KNOWN_NAMES = ("ipa", "glazed", "stout")
ROUTES = (
    *("", "/ping", "/dials", "/beers", "/beers/ipa", "/beers/{}", "/beers/{}/reviews", "/donuts"),
    *("/donuts/{}", "/menu", "/pair/beer", "/taste", "/{}", "/static/{}"),
)
BODIES = [
    {"beer": "ipa", "donuts": ["glazed", "jelly"]},
    dict.fromkeys(DIALS, 1),
    {"TASTE_MS": 0},
]


@pytest.mark.parametrize("service", ["web", "taster"])
@pytest.mark.parametrize("route", ROUTES)
def test_every_route(pair: Pair, service: str, route: str) -> None:
    server: Server = getattr(pair, service)

    @FUZZING
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        method = data.draw(st.sampled_from(["GET"] * 4 + ["HEAD", "PUT", "POST", "DELETE", "BREW"]))
        path = route.format(data.draw(hostile.segments(KNOWN_NAMES))) if "{" in route else route
        target = f"{path or '/'}?{data.draw(hostile.queries(PARAMETERS, KNOWN_NAMES))}"
        headers = data.draw(hostile.HEADERS)
        body = data.draw(hostile.bodies(BODIES)) if method in ("PUT", "POST") else None
        if body and data.draw(st.booleans()):
            headers = [("Content-Type", "application/json")]
        answer = exchange(server, method, target, headers, body)
        check(server, answer, json_errors=service != "web" or route != "")

    try:
        ask()
    finally:
        pair.http.put(f"{server.url}/dials", json=_settings_as_started(server, pair), timeout=10)


def _settings_as_started(server: Server, pair: Pair) -> dict[str, float]:
    dials = pair.http.get(f"{server.url}/dials", timeout=10).json()["dials"]
    return {name: 0 if name in NO_DELAYS else dial["default"] for name, dial in dials.items()}
