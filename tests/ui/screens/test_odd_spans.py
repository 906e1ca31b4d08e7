"""Spans that cannot have been when they say, and spans that share an id, without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.browser.spans import odd
from tests.browser.stack import Stack
from tests.servers import running
from tests.ui.conftest import reader

ODD = odd(1)
ONE_ID = f"/trace/{ODD.hex}/span/{ODD.spans[1]['span_id']:016x}"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A reader of the UI of a collector with one trace."""
    data = str(tmp_path_factory.mktemp("odd"))
    with running("-m", "collector", "--port", "0", "--data", data) as collector:
        Stack(collector.url, "").send([ODD])
        yield reader(collector.url)


def test_impossible_times_are_no_numbers(client: FlaskClient) -> None:
    by_operation, spans = client.get(f"/trace/{ODD.hex}/spans").text.split("<h2>Spans</h2>")
    assert spans.count("time impossible") == 7
    assert by_operation.count("<td>–</td>") == 4, "total and longest of two operations"
    lost = next(span for span in ODD.spans if not span["start"])
    text = client.get(f"/trace/{ODD.hex}/span/{lost['span_id']:016x}").text
    assert "It cannot have been when it says" in text
    assert '<th scope="row">start, as sent</th><td>1970-01-01 00:00:00.000 UTC</td>' in text


def test_two_spans_with_one_id_have_a_page_each(client: FlaskClient) -> None:
    table = client.get(f"/trace/{ODD.hex}/spans").text
    first, second = (client.get(address).text for address in (ONE_ID, f"{ONE_ID}.2"))
    for page, other in ((first, f"{ONE_ID}.2"), (second, ONE_ID)):
        assert f'href="{other}"' in page
        assert f'href="{other}"' in table
    assert "number 2 of 2 spans with this id" in second


@pytest.mark.parametrize("number", ["3", "x", "", "2.2", "²"])
def test_an_address_that_is_none_is_not_found(client: FlaskClient, number: str) -> None:
    assert client.get(f"{ONE_ID}.{number}").status_code == 404
