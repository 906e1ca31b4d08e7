"""The two services' routes, as a user meets them."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from services import flavour, menu
from tests.services.pair import Pair


@pytest.fixture(autouse=True)
def quick(pair: Pair) -> object:
    """Turn off delays: these tests are about answers, not about time."""
    with pair.turned(TASTE_MS=1, CONNECT_MS=0, SQL_ROUND_TRIP_MS=0, REDIS_ROUND_TRIP_MS=0):
        yield


def test_the_lists(pair: Pair) -> None:
    beers = pair.get("/beers").json()["beers"]
    assert [beer["name"] for beer in beers] == [beer.name for beer in menu.BEERS]
    assert beers[0] == {"name": "ipa", "style": "citrus, pine and a dry end", "hops": 65}
    donuts = pair.get("/donuts").json()["donuts"]
    assert [donut["name"] for donut in donuts] == [donut.name for donut in menu.DONUTS]


def test_one_of_each(pair: Pair) -> None:
    assert pair.get("/beers/IPA").json()["hops"] == 65
    assert pair.get("/donuts/jelly").json() == {
        "name": "jelly",
        "sugar": 35,
        "baker": "Bavo Berliner",
    }
    assert pair.get("/donuts/s%27more").json()["name"] == "s'more"


def test_ping(pair: Pair) -> None:
    for server in (pair.web, pair.taster):
        answer = pair.http.get(f"{server.url}/ping", timeout=5)
        assert (answer.status_code, answer.text) == (200, "pong\n")


def test_the_newest_reviews_of_a_beer(pair: Pair) -> None:
    answer = pair.get("/beers/ipa/reviews").json()
    days = [review["day"] for review in answer["reviews"]]
    assert answer["beer"] == "ipa"
    assert len(days) == 20
    assert days == sorted(days, reverse=True)
    assert {review["verdict"] for review in answer["reviews"]} <= set(menu.VERDICTS)
    with pair.turned(REVIEWS_INDEX=1):
        assert pair.get("/beers/ipa/reviews").json() == answer


def test_the_same_beer_gets_the_same_donut_however_many_ask_at_once(pair: Pair) -> None:
    expected = {}
    awake = [donut for donut in menu.DONUTS if donut.baker not in menu.ASLEEP]
    opinions = {donut.name: flavour.opinion(donut.name) for donut in awake}
    for beer in menu.BEERS:
        if beer.name != "barleywine":
            best = max(
                flavour.candidates(beer.hops, awake, opinions),
                key=lambda donut: flavour.score(beer.name, donut.name),
            )
            score = flavour.score(beer.name, best.name)
            expected[beer.name] = {"donut": best.name, "baker": best.baker, "score": score}

    def ask(beer: str) -> object:
        return requests.get(f"{pair.web.url}/pair/beer", {"name": beer}, timeout=30).json()

    with ThreadPoolExecutor(6) as pool:
        answers = dict(zip(expected, pool.map(ask, expected), strict=True))
    assert answers == {
        beer: {"beer": beer, "match": match, "untasted": []} for beer, match in expected.items()
    }


def test_the_menu_is_the_same_streamed_and_compressed(pair: Pair) -> None:
    with pair.turned(MENU_PAGE_MS=0):
        whole = pair.get("/menu")
        assert int(whole.headers["Content-Length"]) == len(whole.content) > 900_000
        assert len(whole.json()["menu"]) == 30
        with pair.turned(MENU_STREAM=1):
            plain = pair.get("/menu", headers={"Accept-Encoding": "identity"})
            assert "Content-Encoding" not in plain.headers
            packed = pair.get("/menu", headers={"Accept-Encoding": "gzip"}, stream=True)
            body = packed.raw.read(decode_content=False)
    assert plain.headers["Transfer-Encoding"] == "chunked"
    assert plain.json() == whole.json()
    assert len(body) < len(whole.content) / 20
    assert json.loads(gzip.decompress(body)) == whole.json()


def test_the_taster_tastes_one_or_many(pair: Pair) -> None:
    url = f"{pair.taster.url}/taste"
    one = pair.http.get(url, params={"beer": "ipa", "donut": "glazed"}, timeout=5).json()
    assert one == {"beer": "ipa", "donut": "glazed", "score": flavour.score("ipa", "glazed")}
    many = pair.http.post(
        url, json={"beer": "ipa", "donuts": ["glazed", "jelly", menu.FROZEN]}, timeout=5
    ).json()
    assert many == {
        "beer": "ipa",
        "scores": {donut: flavour.score("ipa", donut) for donut in ("glazed", "jelly")},
    }
    with pair.turned(TASTE_THREADS=4):
        assert (
            many
            == pair.http.post(
                url, json={"beer": "ipa", "donuts": ["glazed", "jelly"]}, timeout=5
            ).json()
        )


def test_every_answer_names_its_trace(pair: Pair) -> None:
    for path in ("/", "/beers", "/pair/beer", "/pair/beer?name=nope", "/nowhere", "/menu"):
        assert pair.get(path).headers["traceresponse"].startswith("00-"), path
