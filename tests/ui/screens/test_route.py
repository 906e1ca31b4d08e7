"""The Route screen as a browser without scripts sees it."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from collector.name_template import template_of
from tests.browser.spans import HOSTILE, hostile, pairing
from tests.servers import Server
from tests.ui.conftest import BROKEN, FAILED, PAIRING
from tests.ui.screens.test_live import listed
from tests.ui.screens.test_routes import ROUTE, links, page
from tests.ui.test_security import Elements


def test_a_route_says_how_it_does(client: FlaskClient) -> None:
    text = page(client, ROUTE)
    figures = {
        name.strip(): value
        for name, value in re.findall(
            r"<div[^>]*><dt>([\w ]+).*?</dt>\s*<dd>(?:<svg.*?</svg> )?([^<]+)</dd>", text, re.DOTALL
        )
    }
    assert figures["traces"] == "3"
    assert figures["with errors"] == "33 %"
    assert figures["p50"].endswith("ms")


def test_cells_of_the_heat_map_open_their_traces(client: FlaskClient) -> None:
    """A single trace itself, and several as the list of just those."""
    cells = links(page(client, ROUTE), 'aria-label="[^"]*" data-column')
    counts = re.findall(r'aria-label="([\d.]+) of [^"]*" data-column', page(client, ROUTE))
    assert len(cells) == len(counts) > 0
    found: list[str] = []
    for address, count in zip(cells, counts, strict=True):
        if address.startswith("/trace/"):
            found.append(urlsplit(address).path.split("/")[2])
            continue
        some = listed(page(client, address))
        assert len(some) == int(count), "as many as the cell says"
        found += some
    assert {pairing(PAIRING).hex, pairing(FAILED).hex} <= set(found)
    assert len(found) == 3


def test_findings_have_their_evidence_and_a_trace(client: FlaskClient) -> None:
    text = page(client, ROUTE)
    findings = text[text.index('id="findings-title"') : text.index('id="picture"')]
    assert "GET /taste × 1" in findings
    assert "lesson 13: parallelize" in findings.lower()
    for address in links(findings):
        if address.startswith("/trace/"):
            assert client.get(address).status_code == 200


def test_the_graph_is_in_the_page(client: FlaskClient) -> None:
    text = page(client, ROUTE)
    nodes = re.findall(r'data-key="(\w{16})" aria-label="([^"]*)"', text)
    names = [html.unescape(name) for _, name in nodes]
    assert any(name.startswith("taster palate.taste:") for name in names)
    assert len({key for key, _ in nodes}) == len(nodes) >= 12
    assert "×24" in text
    assert "N+1" in text
    edge = next(html.unescape(e) for e in re.findall(r'class="line[^>]*aria-label="([^"]*)"', text))
    assert " → " in edge


def test_an_edge_and_a_node_lead_to_traces(client: FlaskClient) -> None:
    text = page(client, ROUTE)
    edges = links(text, 'class="line')
    assert edges
    for address in edges[:3]:
        assert listed(page(client, address)), address
    node = links(text, 'class="node')[-1]
    assert urlsplit(node).fragment == "selection"
    chosen = page(client, node)
    section = chosen[chosen.index('id="selection"') :]
    assert "Critical path" in section
    traces = next(link for link in links(section) if link.startswith("/?"))
    assert listed(page(client, traces))
    for word in ("Median", "Slowest"):
        assert re.search(rf'href="/trace/\w+\?span=\w{{16}}"[^>]*>{word}<', section)


def test_the_calling_tree_is_indented_and_the_operations_sorted(client: FlaskClient) -> None:
    tree = page(client, f"{ROUTE}&tab=tree")
    levels = [int(level) for level in re.findall(r">level (\d+)<", tree)]
    assert levels[:3] == [1, 2, 3]
    assert max(levels) >= 5
    table = page(client, f"{ROUTE}&tab=table&sort=calls")
    assert 'aria-sort="descending"><a' in table
    rows = re.findall(r"<tr class=\" ?\">\n.*?</tr>", table, re.DOTALL)
    calls = [re.findall(r"<td>([\d,]+)</td>", row)[0] for row in rows]
    numbers = [int(call.replace(",", "")) for call in calls]
    assert numbers == sorted(numbers, reverse=True)
    assert max(numbers) == 72


def test_small_nodes_can_be_hidden_and_are_counted(client: FlaskClient) -> None:
    everything = len(re.findall(r'class="node ', page(client, ROUTE)))
    text = page(client, f"{ROUTE}&hide=5")
    left = len(re.findall(r'class="node ', text))
    assert 3 < left < everything
    hidden = re.search(r"(\d+) nodes hidden", text)
    assert hidden is not None
    assert int(hidden[1]) == everything - left
    assert 'hide=0#picture">all<' in text


def test_a_wide_trace_is_drawn_within_bounds(client: FlaskClient) -> None:
    text = page(client, "/route?service=web&resource=GET+/wide&hide=0")
    assert len(re.findall(r'class="line', text)) <= 700
    assert "with few calls not drawn" in text


def test_all_state_is_kept_by_the_links(client: FlaskClient) -> None:
    text = page(client, f"{ROUTE}&q=error:1&last=1h&tab=table&hide=1&present=1")
    kept = [link for link in links(text) if urlsplit(link).path == "/route"]
    assert kept
    for address in kept:
        given = parse_qs(urlsplit(address).query)
        assert given["q"] == ["error:1"]
        assert given["last"] == ["1h"]
        assert given["service"] == ["web"]
        assert given["present"] == ["1"]
    assert 'name="tab" value="table"' in text
    assert 'name="hide" value="1"' in text


@pytest.mark.parametrize(
    "more", ["&tab=nonsense", "&hide=x", "&hide=-3", "&hide=1e9", "&sort=x&tab=table", "&node=x"]
)
def test_nonsense_in_the_address_is_ignored(client: FlaskClient, more: str) -> None:
    page(client, ROUTE + more)


def test_hostile_routes_are_only_text(client: FlaskClient, stored: Server) -> None:
    routes = client.get("/api/routes").json
    assert routes is not None
    [each] = [each for each in routes["routes"] if each["resource"] == template_of(HOSTILE[0])]
    given = {"service": each["service"], "resource": each["resource"]}
    for tab in ("flow", "tree", "table"):
        text = client.get("/route", query_string={**given, "tab": tab}).text
        assert HOSTILE[0] not in text
        assert HOSTILE[1] not in text
        assert "&lt;img src=x" in text
        assert "{{ 7 * 7 }}" in text
        for tag, attributes in Elements(text).found:
            assert tag not in ("img", "iframe", "object", "style")
            assert "style" not in attributes
            assert not [name for name in attributes if name.startswith("on")]
            assert not (attributes.get("href") or "").lower().startswith("javascript")
    assert client.get(f"/trace/{hostile(BROKEN).hex}/route").status_code == 302
