"""Where there are too many names or spans, pages show a part, and say of how much."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from collector.aggregates import (
    comparison,
    route_totals,
    service_map,
    trace_insight,
    who_pays,
)
from collector.http import operations, services_json
from collector.store import large_reads, trace_spans
from tests.collector.conftest import serving
from tests.collector.http.test_large_traces import LARGE, MOST, chunks_of_large_traces
from tests.collector.many_names import named_by_id
from tests.collector.stores import collecting
from tests.ui.conftest import reader

TRACES, LISTED = 60, 45


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A reader of the UI of a collector with small limits."""
    folder: Path = tmp_path_factory.mktemp("bounds")
    with pytest.MonkeyPatch.context() as patch, collecting(folder) as store:
        patch.setattr(operations, "MAX_OPERATIONS", LISTED)
        patch.setattr(services_json, "MAX_LISTED_SERVICES", LISTED)
        patch.setattr(route_totals, "MAX_ROUTES", LISTED)
        patch.setattr(comparison, "MAX_DEPLOYS", LISTED)
        patch.setattr(service_map, "MAX_SERVICES", LISTED)
        patch.setattr(who_pays, "MAX_BILLS", LISTED)
        patch.setattr(trace_insight, "MAX_OPERATIONS", 5)
        patch.setattr(trace_spans, "MAX_TRACE_SPANS", MOST)
        for chunks in named_by_id(TRACES):
            store.add(chunks)
        store.add(chunks_of_large_traces())
        with serving(store) as url:
            yield reader(url)


def page(client: FlaskClient, address: str) -> str:
    """Return a page's text, its white space evened out."""
    response = client.get(address, follow_redirects=True)
    assert response.status_code == 200
    return " ".join(response.text.split())


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/", "more operations than the search offers. So many mostly mean that a client writes"),
        ("/", "more services</option>"),
        ("/routes", "and 16 more routes with less time. So many mostly mean"),
        ("/map", "more services with less time on the critical path. So many mostly mean"),
        ("/map", "and 21 routes with less time"),
        ("/compare?a_q=version:build-1&b_q=version:build-2", "and 16 more routes</option>"),
        ("/compare?a_q=version:build-1&b_q=version:build-2", "and 16 older deploys</option>"),
        ("/what-if", "and 16 more routes</option>"),
    ],
)
def test_a_page_about_too_many_names_says_how_many_it_leaves_out(
    client: FlaskClient, address: str, says: str
) -> None:
    assert says in page(client, address)


def test_the_table_of_a_large_trace_has_the_spans_shown_and_says_which(client: FlaskClient) -> None:
    text = page(client, f"/trace/{LARGE}/spans")
    assert "201 spans; the 40 nearest to the root are shown, with the slowest" in text
    assert f"1–{MOST} of {MOST}" in text
    assert "more operations with less self time." in text


def test_a_page_whose_turn_does_not_come_says_so_and_when_to_try_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_reads.large_reads, "large_spans", MOST)
    monkeypatch.setattr(large_reads, "MAX_WAIT_S", 0.01)
    with large_reads.large_reads.turn(MOST):
        response = client.get(f"/trace/{LARGE[:-1]}3/spans")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "read one at a time" in response.text
    assert f'href="/trace/{LARGE[:-1]}3/spans">Try again' in response.text
