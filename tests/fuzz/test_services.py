"""Every route of web and taster, asked as nobody should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dials import DIALS
from tests.fuzz import hostile
from tests.fuzz.conftest import QUICK
from tests.fuzz.exchange import FUZZING, check, exchange
from tests.servers import Server
from tests.services.pair import Pair

NAMES = ("name", "beer", "donut")
KNOWN = ("ipa", "glazed", "stout")
SHOWN = ("ping", "dials", "beers", "donuts", "reviews", "pair", "beer", "taste", "menu", *KNOWN)
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
@pytest.mark.parametrize("known", ROUTES)
def test_every_route(pair: Pair, service: str, known: str) -> None:
    server: Server = getattr(pair, service)

    @FUZZING
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        method = data.draw(st.sampled_from(["GET"] * 4 + ["HEAD", "PUT", "POST", "DELETE", "BREW"]))
        path = known.format(data.draw(hostile.segments(KNOWN))) if "{" in known else known
        target = f"{path or '/'}?{data.draw(hostile.queries(NAMES, KNOWN))}"
        headers = data.draw(hostile.HEADERS)
        sent = data.draw(hostile.bodies(BODIES)) if method in ("PUT", "POST") else None
        if sent and data.draw(st.booleans()):
            headers = [("Content-Type", "application/json")]
        answer = exchange(server, method, target, headers, sent)
        check(server, answer, json_errors=service != "web" or known != "")

    try:
        ask()
    finally:
        pair.http.put(f"{server.url}/dials", json=_as_it_was(server, pair), timeout=10)


def _as_it_was(server: Server, pair: Pair) -> dict[str, float]:
    dials = pair.http.get(f"{server.url}/dials", timeout=10).json()["dials"]
    return {name: 0 if name in QUICK else dial["default"] for name, dial in dials.items()}
