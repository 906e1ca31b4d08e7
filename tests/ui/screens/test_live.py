"""The Live screen as a browser without scripts sees it."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from tests.browser.spans import pairing
from tests.browser.stack import Stack
from tests.servers import Server, running
from tests.ui.conftest import FAILED, PAIRING, reader


def page(client: FlaskClient, address: str = "/") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.text


def listed(text: str) -> list[str]:
    """Return the ids of the traces in the list, in order."""
    return re.findall(r'<tr data-id="(\w{32})"', text)


def test_all_traces_are_listed_with_links(client: FlaskClient) -> None:
    text = page(client)
    assert len(listed(text)) == 6
    assert f'href="/trace/{pairing(PAIRING).hex}"' in text


def test_a_search_narrows_the_list_and_stays_in_its_box(client: FlaskClient) -> None:
    text = page(client, "/?q=service:taster+error:1")
    assert listed(text) == [pairing(FAILED).hex]
    assert 'value="service:taster error:1"' in text


def test_orders(client: FlaskClient) -> None:
    slowest = listed(page(client, "/?order=slowest"))
    assert listed(page(client, "/?order=fastest")) == slowest[::-1]
    assert listed(page(client, "/?order=nonsense")) == listed(page(client))


def test_the_last_hour_has_them_all_and_a_range_in_the_past_has_none(client: FlaskClient) -> None:
    assert len(listed(page(client, "/?last=1h"))) == 6
    text = page(client, "/?from=1000&to=2000")
    assert listed(text) == []
    assert "Search all time instead" in text


def test_a_search_without_a_match_says_which_term_to_drop(client: FlaskClient) -> None:
    text = page(client, "/?q=service:taster+duration:>100s")
    assert "without <code>duration:&gt;100s</code>" in text
    assert "service:taster</code>" not in text, "dropping that one does not help"


def test_a_search_that_cannot_be_read_says_where(client: FlaskClient) -> None:
    response = client.get("/?q=duration:>>")
    assert response.status_code == 400
    assert "cannot be read" in response.text
    assert 'value="duration:&gt;&gt;"' in response.text, "what was typed is still there"


@pytest.mark.parametrize("moment", ["yesterday", "1" * 30, "-5", "9223372036854775807"])
def test_an_invalid_moment_does_no_harm(client: FlaskClient, moment: str) -> None:
    for name in ("from", "to"):
        assert client.get("/", query_string={name: moment}).status_code in (200, 400)


def test_the_helper_writes_the_search(client: FlaskClient) -> None:
    form = {"q": "pair", "service": "web", "duration": "100ms", "present": "1", "order": "slowest"}
    response = client.get("/search", query_string=form)
    target = urlsplit(response.headers["Location"])
    assert response.status_code == 302
    assert target.query == "q=pair+service%3Aweb+duration%3A%3E100ms&order=slowest&present=1"
    assert listed(page(client, response.headers["Location"]))


def test_figures_and_the_collector_s_state(client: FlaskClient) -> None:
    text = page(client)
    assert re.search(r'data-s="p95">[\d.]+ m?s<', text)
    assert "0 rejected" in text
    assert "last span received" in text


def test_links_keep_the_presentation(client: FlaskClient) -> None:
    text = page(client, "/?present=1")
    assert "data-present" in text
    assert f"/trace/{pairing(PAIRING).hex}?present=1" in text


def test_paging(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.screens.live.PAGE_SIZE", 4)
    first = page(client)
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = page(client, html.unescape(following[1]))
    assert len(listed(first)) == 4
    assert len(listed(second)) == 2
    assert not set(listed(first)) & set(listed(second))


def test_synthetic_requests_are_left_out_and_a_link_adds_them(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    data = str(tmp_path_factory.mktemp("tests"))
    with running("-m", "collector", "--port", "0", "--data", data) as collector:
        person, of_test = pairing(PAIRING), pairing(FAILED)
        of_test.spans[0]["meta"]["user_agent.synthetic.type"] = "test"
        Stack(collector.url, "").send([person, of_test])
        client = reader(collector.url)
        text = page(client, "/?q=service:web+OR+service:db")
        assert listed(text) == [person.hex]
        more = re.search(r'href="([^"]+)"[^>]*>With 1 more, made by tests', text)
        assert more is not None
        assert len(listed(page(client, html.unescape(more[1])))) == 2
        assert "Show 1 trace of tests" in page(client, f"/?q=trace:{of_test.hex}")


def test_an_empty_store_teaches_what_to_type(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = str(tmp_path_factory.mktemp("empty"))
    with running("-m", "collector", "--port", "0", "--data", data) as collector:
        text = page(reader(collector.url))
        assert "No traces yet" in text
        assert "./workshop demo" in text
        assert "curl &#39;localhost:5000/pair/beer?name=ipa&#39;" in text or (
            "curl 'localhost:5000/pair/beer?name=ipa'" in text
        )
        assert collector.url in text
        assert "no span received" in text


def test_a_collector_that_is_down_says_how_to_start_it(alone: FlaskClient, stored: Server) -> None:
    response = alone.get("/")
    assert response.status_code == 503
    assert "The collector is down" in response.text
    assert "./workshop up" in response.text
    assert "python -m collector" in response.text
    assert "Traceback" not in response.text


@pytest.mark.parametrize(
    ("address", "cookie", "theme"),
    [
        ("/", ("none", ""), None),
        ("/", ("traces-theme", "dark"), "dark"),
        ("/", ("traces-theme", "<script>"), None),
        ("/?present=1", ("traces-theme", "dark"), "light"),
        ("/?present=1", ("traces-theme-present", "dark"), "dark"),
    ],
)
def test_the_first_paint_has_the_theme_chosen(
    client: FlaskClient, address: str, cookie: tuple[str, str], theme: str | None
) -> None:
    client.set_cookie(*cookie)
    text = client.get(address).text
    found = re.search(r'<html[^>]* data-theme="(\w+)"', text)
    assert (found and found[1]) == theme
