"""The Map screen as a browser without scripts sees it."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from tests.ui.screens.test_live import listed
from tests.ui.screens.test_routes import links, page


def test_services_and_calls_say_how_they_do(client: FlaskClient) -> None:
    text = page(client, "/map?service=web&resource=GET+/pair/beer")
    nodes = re.findall(r'class="node [^>]*aria-label="([^"]*)"', text)
    assert {name.split(":")[0] for name in map(html.unescape, nodes)} == {
        "locust", "web", "db", "redis", "taster",
    }  # fmt: skip
    edges = [html.unescape(e) for e in re.findall(r'class="line[^>]*aria-label="([^"]*)"', text)]
    [edge] = [edge for edge in edges if edge.startswith("web → taster:")]
    assert re.search(r"p50 [\d.]+ ms, p95 [\d.]+ ms", edge)
    assert re.search(r"[\d.]+ /(s|min)$", edge)
    assert "failed" in edge
    assert "◆" in text


def test_an_edge_leads_to_its_traces(client: FlaskClient) -> None:
    text = page(client, "/map?q=error:1")
    addresses = links(text, 'class="line[^>]*aria-label="web → taster')
    assert addresses
    assert len(listed(page(client, addresses[0]))) == 1, "the one that failed, as the search says"


def test_who_pays_for_whom(client: FlaskClient) -> None:
    text = page(client, "/map")
    bills = text[text.index('id="bills-title"') :]
    row = re.search(r"<tr>\s*<th scope=\"row\">[^\n]*GET /pair/beer.*?</tr>", bills, re.DOTALL)
    assert row is not None
    widths = [float(width) for width in re.findall(r'width="([\d.]+)%" height', row[0])]
    assert sum(widths) == pytest.approx(100, abs=0.5), "the parts are the whole"
    assert len(widths) >= 4


def test_a_chosen_service_says_who_needs_it_and_what_happens_without(client: FlaskClient) -> None:
    text = page(client, "/map")
    [address] = [link for link in links(text, 'class="node') if "chosen=taster" in link]
    assert urlsplit(address).fragment == "chosen"
    section = page(client, address)
    section = section[section.index('id="chosen"') :]
    assert "no other service" in section
    assert re.search(r"Needed by.*?web</a>", section, re.DOTALL)
    assert re.search(r"locust</a> <small>2 calls away", section)
    verdict = re.search(r"GET /pair/beer.*?verdict (\w+)", section, re.DOTALL)
    assert verdict is not None
    assert verdict[1] == "unknown", "one failed call of twelve is no outage"
    assert re.search(r"\d+ more routes would not notice", section)


def test_an_unknown_service_cannot_be_chosen(client: FlaskClient) -> None:
    text = page(client, "/map?chosen=nobody")
    assert 'id="chosen"' not in text


def test_one_service_alone_says_what_makes_an_edge(client: FlaskClient) -> None:
    assert "an edge appears when" in page(client, "/map?service=web&resource=GET+/ping")
