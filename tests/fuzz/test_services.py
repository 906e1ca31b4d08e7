"""Every route of web and taster, asked as nobody should."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dials import DIALS
from tests.fuzz import hostile
from tests.fuzz.exchange import FUZZING, Answer, check, exchange, tracebacks
from tests.servers import Server
from tests.services.pair import Pair, running_pair

QUICK = {name: "0" for name in DIALS if name.endswith("_MS")}
"""No planted delay: it would only be waited for."""
NAMES = ("name", "beer", "donut")
KNOWN = ("ipa", "glazed", "stout")
SHOWN = ("ping", "dials", "beers", "donuts", "reviews", "pair", "beer", "taste", "menu", *KNOWN)
BODIES = [
    {"beer": "ipa", "donuts": ["glazed", "jelly"]},
    dict.fromkeys(DIALS, 1),
    {"TASTE_MS": 0},
]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Pair]:
    """Both services, without their planted delays."""
    with running_pair(tmp_path_factory.mktemp("fuzz"), redis_url, **QUICK) as pair:
        yield pair
        assert not tracebacks(pair.web) + tracebacks(pair.taster)


@pytest.mark.parametrize("service", ["web", "taster"])
@pytest.mark.parametrize(
    "known",
    ["", "/ping", "/dials", "/beers", "/beers/ipa", "/beers/{}", "/beers/{}/reviews", "/donuts"]
    + ["/donuts/{}", "/menu", "/pair/beer", "/taste", "/{}", "/static/{}"],
)
def test_every_route(pair: Pair, service: str, known: str) -> None:
    server: Server = getattr(pair, service)

    @FUZZING
    @given(
        method=st.sampled_from(["GET", "GET", "GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"]),
        segment=hostile.segments(KNOWN),
        query=hostile.queries(NAMES, KNOWN),
        headers=hostile.HEADERS,
        body=hostile.bodies(BODIES),
    )
    def ask(
        method: str, segment: str, query: str, headers: list[tuple[str, str]], body: bytes
    ) -> None:
        target = f"{known.format(segment) or '/'}?{query}"
        sent = body if method in ("PUT", "POST") else None
        if known == "/dials" and method == "PUT":
            headers = [("Content-Type", "application/json")]
        answer = exchange(server, method, target, headers, sent)
        _check(server, answer, page=service == "web" and not known)

    try:
        ask()
    finally:
        pair.http.put(f"{server.url}/dials", json=_as_it_was(server, pair), timeout=10)


def _check(server: Server, answer: Answer, page: bool) -> None:
    check(server, answer, json_errors=not page)


def _as_it_was(server: Server, pair: Pair) -> dict[str, float]:
    dials = pair.http.get(f"{server.url}/dials", timeout=10).json()["dials"]
    return {name: 0 if name in QUICK else dial["default"] for name, dial in dials.items()}
