"""A UI without a workshop speaks of traces only."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.browser.spans import pairing
from tests.servers import Server
from tests.ui.conftest import PAIRING, Reader
from ui.app import create_app

ADDRESSES = (
    "/",
    "/?q=no-such-word",
    "/routes",
    "/route?service=web&resource=GET+/pair/beer",
    "/map",
    "/compare",
    "/what-if",
    "/sampling",
    "/sampling/laboratory",
    "/sampling/laboratory?run=1&q=service:nobody",
    f"/trace/{pairing(PAIRING).hex}",
    f"/trace/{pairing(PAIRING).hex}/spans",
)


def on_its_own(collector_url: str) -> FlaskClient:
    app = create_app(collector_url, has_workshop=False)
    app.test_client_class = Reader
    return app.test_client()


def visible(page: str) -> str:
    """The page without what every page has above its content, whose title is the project's."""
    return page.partition("<main")[2]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_mentions_the_workshop(stored: Server, empty: Server, address: str) -> None:
    for collector in (stored, empty):
        page = visible(on_its_own(collector.url).get(address).text)
        assert not re.findall(r"\./workshop|[Ll]esson|[Cc]ourse|docker compose|dial\b", page)


def test_its_navigation_has_neither_load_nor_course(
    client: FlaskClient, empty: Server, stored: Server
) -> None:
    with_workshop = client.get("/").text
    alone = on_its_own(stored.url)
    for address in ("/load", "/course"):
        assert f'href="{address}"' in with_workshop
        assert f'href="{address}"' not in alone.get("/").text
        assert alone.get(address).status_code == 404


def test_a_collector_that_is_down_is_not_started_by_the_workshop(closed_port: int) -> None:
    page = visible(on_its_own(f"http://127.0.0.1:{closed_port}").get("/").text)
    assert "The collector is down" in page
    assert "workshop" not in page
