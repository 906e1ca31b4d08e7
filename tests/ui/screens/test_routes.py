"""The Routes screen as a browser without scripts sees it, and what Route and Map have in common
with it."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient

ROUTE = "/route?service=web&resource=GET+/pair/beer"


def page(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.text
    return response.text


def links(text: str, within: str = "") -> list[str]:
    """Return where links lead, of those whose start tag contains `within`."""
    return [html.unescape(link) for link in re.findall(rf'<a href="([^"]*)"[^>]*{within}', text)]


def test_every_route_is_listed_and_leads_to_its_screen(client: FlaskClient) -> None:
    text = page(client, "/routes?q=service:web&last=1h")
    assert "GET /pair/beer" in text
    assert "/route?service=web&resource=GET+%2Fpair%2Fbeer&q=service%3Aweb&last=1h" in links(text)
    assert "staircase" in text, "what was found stands beside the route"


def test_every_number_says_how_it_is_computed(client: FlaskClient) -> None:
    for address in ("/routes", ROUTE, f"{ROUTE}&tab=tree", f"{ROUTE}&tab=table", "/map"):
        text = page(client, address)
        notes = {int(n) for n in re.findall(r"<sup>(\d+)</sup>", text)}
        footnotes = text[text.index('class="footnotes"') :]
        texts = re.findall(r"<li>([^<]+)</li>", footnotes)
        assert notes == set(range(1, len(texts) + 1)), address
        assert any("collector.analysis" in each for each in texts)


@pytest.mark.parametrize("screen", ["/routes", "/route", "/map"])
def test_a_search_that_cannot_be_read_stays_in_its_box(client: FlaskClient, screen: str) -> None:
    response = client.get(f"{screen}?q=duration:>>")
    assert response.status_code == 400
    assert "cannot be read" in response.text
    assert 'value="duration:&gt;&gt;"' in response.text


@pytest.mark.parametrize(
    "address",
    [
        "/route?service=web",
        "/route?resource=GET+/",
        "/route?from=yesterday",
        "/map?to=x",
        "/routes?from=-1",
        "/routes?to=99999999999999999999",
        "/routes?from=9999999999999999999",
    ],
)
def test_half_an_address_gets_a_plain_answer(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 400
    assert "This search cannot be read" in response.text


@pytest.mark.parametrize(
    "address",
    ["/route?service=web&resource=GET+/gone&q=error:1&last=1h", "/routes?q=nothing", "/map?to=5"],
)
def test_where_nothing_matches_there_are_ways_on(client: FlaskClient, address: str) -> None:
    text = page(client, address)
    section = text[text.index('class="nothing"') :]
    assert "Nothing matches" in section
    for way in links(section):
        assert client.get(way).status_code == 200


@pytest.mark.parametrize("screen", ["/routes", "/route", "/map"])
def test_an_empty_store_says_how_to_fill_it(empty_client: FlaskClient, screen: str) -> None:
    text = page(empty_client, screen)
    assert "No traces yet" in text
    assert "./workshop demo" in text


@pytest.mark.parametrize("screen", ["/routes", "/route", "/map"])
def test_a_collector_that_is_down(alone: FlaskClient, screen: str) -> None:
    response = alone.get(screen)
    assert response.status_code == 503
    assert "The collector is down" in response.text
