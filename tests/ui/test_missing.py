"""While a part of the store cannot be read, every page about traces says so, in the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from msgspec import structs

from collector.model import Chunk, Span
from collector.store.clickhouse import shards as shards_module
from collector.store.clickhouse.shards import ClickHouseShards
from tests.collector import clickhouse_server
from tests.collector.conftest import serving
from tests.ui.conftest import reader

PAGES = [
    *("/", "/?q=service:web", "/routes", "/route?service=web&resource=GET+/", "/map", "/compare"),
    *("/what-if", "/sampling", "/sampling/laboratory", "/inferred"),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A reader of the UI of a collector with two ClickHouses, of which one is down."""
    if not clickhouse_server.is_installed():
        pytest.skip(clickhouse_server.MISSING)
    first, second = (tmp_path_factory.mktemp("clickhouse") for _ in range(2))
    with (
        clickhouse_server.running(first) as one,
        clickhouse_server.running(second) as other,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(shards_module, "_PROBE_S", 0.0)
        addresses = [one.address("shown"), other.address("shown")]
        store = ClickHouseShards(addresses, tmp_path_factory.mktemp("own"))
        span = Span(1, 0, "web", "flask.request", "GET /", "http", 10**18, 5)
        guess = structs.replace(span, tags={"inferred.from": "records"})
        for numbers, sent in ((range(1, 21), span), (range(101, 121), guess)):
            store.add([Chunk(f"{number:032x}", [sent]) for number in numbers])
        other.stop()
        with serving(store) as url:
            yield reader(url)
        store.close()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_is_missing(client: FlaskClient, page: str) -> None:
    answer = client.get(page, follow_redirects=True)
    assert answer.status_code == 200
    assert answer.text.count("Some traces are missing here: clickhouse://127.0.0.1") == 1
    assert "cannot be reached" in answer.text


def test_an_inferred_trace_beside_the_truth_says_what_is_missing(client: FlaskClient) -> None:
    listed = client.get("/?q=inferred:1").text
    found = re.search(r"/trace/(\w+)", listed)
    assert found
    page = client.get(f"/trace/{found[1]}/inferred")
    assert page.text.count("Some traces are missing here: clickhouse://127.0.0.1") == 1


def test_counts_of_one_collector_are_said_to_be(client: FlaskClient) -> None:
    assert "Several collectors may share this store." in client.get("/sampling").text


def test_counts_are_at_least(client: FlaskClient) -> None:
    assert '<dd data-s="traces">≥ ' in client.get("/").text
