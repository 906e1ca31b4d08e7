"""The Trace screen's head and its tables, as a browser without scripts sees them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.browser.large_traces import wide
from tests.browser.spans import incomplete, pairing
from tests.ui.conftest import FAILED, LARGE, ODD, PAIRING
from ui.client import Collector, CollectorDownError


def test_the_head_says_what_the_trace_is(client: FlaskClient) -> None:
    text = client.get(f"/trace/{pairing(PAIRING).hex}").text
    for words in ("GET /pair/beer", "locust.request", "step-10", pairing(PAIRING).hex):
        assert words in text


def test_without_scripts_the_browser_is_sent_to_the_tables(client: FlaskClient) -> None:
    trace = pairing(PAIRING).hex
    assert f'content="0; url=/trace/{trace}/spans"' in client.get(f"/trace/{trace}").text


def test_the_table_has_every_span_indented(client: FlaskClient) -> None:
    trace = pairing(FAILED, fail=True)
    text = client.get(f"/trace/{trace.hex}/spans").text.split("<h2>Spans</h2>")[1]
    spans = re.findall(rf'href="/trace/{trace.hex}/span/(\w{{16}})"', text)
    assert sorted(spans) == sorted(f"{span['span_id']:016x}" for span in trace.spans)
    assert re.findall(r'class="indent" width="(\d+)"', text)[:4] == ["0", "14", "28", "42"]
    assert "the donut" not in text, "messages are on the span's own page"


def test_large_traces_come_in_pages(client: FlaskClient) -> None:
    address = f"/trace/{wide(LARGE, 1200).hex}/spans"
    assert "1–500 of 1,200" in client.get(address).text
    assert f'href="{address}?from=500"' in client.get(address).text
    last = client.get(f"{address}?from=1000").text
    assert "1,001–1,200 of 1,200" in last
    assert 'rel="next"' not in last


def test_operations_add_up(client: FlaskClient) -> None:
    text = client.get(f"/trace/{pairing(PAIRING).hex}/spans").text
    row = re.search(r"<b>redis</b> redis.command</th><td>(\d+)</td>", text)
    assert row is not None
    assert row[1] == "18"


def test_a_span_shows_all_that_was_stored(client: FlaskClient) -> None:
    trace = pairing(FAILED, fail=True)
    failed = next(span for span in reversed(trace.spans) if span["error"])
    text = client.get(f"/trace/{trace.hex}/span/{failed['span_id']:016x}").text
    for words in ("the donut was stale", "http.response.status_code", "palate.taste(beer, donut)"):
        assert words in text


def test_an_incomplete_trace_says_so(client: FlaskClient) -> None:
    trace = incomplete(ODD).hex
    assert "root not received" in client.get(f"/trace/{trace}").text
    assert "orphan" in client.get(f"/trace/{trace}/spans").text


@pytest.mark.parametrize(
    "address",
    [
        "/trace/0123456789abcdef0123456789abcdef",
        "/trace/nonsense",
        "/trace/../../stats",
        "/nowhere",
    ],
)
@pytest.mark.parametrize("more", ["", "/spans", "/graph", "/span/0123456789abcdef"])
def test_what_is_not_there_gets_a_plain_answer(
    client: FlaskClient, address: str, more: str
) -> None:
    response = client.get(address + more)
    assert response.status_code == 404
    assert "Not found" in response.text
    assert "Traceback" not in response.text


def test_a_trace_is_found_by_its_id_in_capitals(client: FlaskClient) -> None:
    assert client.get(f"/trace/{pairing(PAIRING).hex.upper()}").status_code == 200


def test_a_collector_that_is_down(alone: FlaskClient) -> None:
    response = alone.get(f"/trace/{pairing(PAIRING).hex}")
    assert response.status_code == 503
    assert "The collector is down" in response.text


def test_the_tables_know_the_critical_path_ranks_and_findings(client: FlaskClient) -> None:
    text = client.get(f"/trace/{pairing(PAIRING).hex}/spans").text
    found, _, spans = text.partition("<h2>Spans</h2>")
    assert "<b>staircase</b>" in found
    assert "one after another" in found
    assert 'href="/course/13"' in found
    assert re.search(r"<td>p\d+(\.\d)?</td>", spans)
    assert "collector.analysis.critical_path" in spans
    assert "collector.analysis.self_time" in spans


def test_the_tables_do_without_what_takes_too_long(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    get = Collector.get

    def late(self: Collector, path: str, **parameters: object) -> object:
        if path.endswith("/insight"):
            raise CollectorDownError("timed out")
        return get(self, path, **parameters)

    monkeypatch.setattr(Collector, "get", late)
    text = client.get(f"/trace/{pairing(PAIRING).hex}/spans").text
    assert "Critical" not in text
    assert text.count("<tr>") > 90


def test_the_tables_can_have_the_order_of_cause_and_effect(client: FlaskClient) -> None:
    address = f"/trace/{pairing(PAIRING).hex}/spans"
    by_clocks = client.get(address).text
    assert f'href="{address}?order=logical#spans">cause and effect</a>' in by_clocks
    assert "Starts after" in by_clocks
    text = client.get(f"{address}?order=logical").text
    assert f'href="{address}#spans">the clocks</a>' in text
    assert "Starts after" not in text
    spans = re.findall(r"<td>(\d+)–(\d+)</td>", text)
    assert len(spans) > 90
    assert all(int(start) < int(end) for start, end in spans)
    assert spans[0][0] == "0"
    assert "collector.analysis.logical_order" in text


def test_siblings_without_an_order_are_said_to_be_concurrent(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    get = Collector.get

    def concurrent(self: Collector, path: str, **parameters: object) -> Any:
        answer = get(self, path, **parameters)
        return answer | {"concurrent": [[2, 5, [3, 1]]]} if path.endswith("/order") else answer

    monkeypatch.setattr(Collector, "get", concurrent)
    text = client.get(f"/trace/{pairing(PAIRING).hex}/spans?order=logical").text
    [names] = re.findall(r"concurrent with 5 siblings:\s+([^<]*) …</small>", text)
    assert len(names.split(", ")) == 2


@pytest.mark.parametrize("order", ["wall", "LOGICAL", "x" * 2000, "é"])
def test_any_other_order_is_that_of_the_clocks(client: FlaskClient, order: str) -> None:
    assert "Starts after" in client.get(f"/trace/{pairing(PAIRING).hex}/spans?order={order}").text


@pytest.mark.parametrize("what", ["", "/spans", "/spans?order=logical", "/graph"])
def test_an_id_of_other_letters_is_not_found(client: FlaskClient, what: str) -> None:
    assert client.get(f"/trace/é٣{what}").status_code == 404


def test_a_trace_is_drawn_as_a_graph_without_scripts(client: FlaskClient) -> None:
    trace = pairing(FAILED, fail=True)
    text = client.get(f"/trace/{trace.hex}/graph").text
    nodes = re.findall(r'<a href="([^"]+)" class="node[^>]*aria-label="([^"]+):', text)
    assert "taster palate.taste" in {name for _, name in nodes}
    assert all(address.startswith(f"/trace/{trace.hex}?span=") for address, _ in nodes)


def test_a_graph_with_too_many_operations_shows_services(client: FlaskClient) -> None:
    text = client.get(f"/trace/{wide(LARGE, 1200).hex}/graph").text
    assert "too many operations" in text
    assert text.count('class="shade"') == 4
    assert text.count('class="run"') > 2


def test_a_trace_leads_to_its_route(client: FlaskClient) -> None:
    trace = pairing(PAIRING).hex
    assert f"/trace/{trace}/route" in client.get(f"/trace/{trace}").text
    response = client.get(f"/trace/{trace}/route?present=1")
    assert response.status_code == 302
    given = parse_qs(urlsplit(response.headers["Location"]).query)
    assert (given["service"], given["resource"]) == (["web"], ["GET /pair/beer"])
    assert given["present"] == ["1"]
    for other in ("0" * 31 + "9", "nonsense", "trace:1 OR *"):
        assert client.get(f"/trace/{other}/route").status_code == 404
