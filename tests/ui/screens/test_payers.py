"""Who pays for deferred work, as a browser without scripts sees it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.browser.spans import Span, Trace
from tests.browser.stack import Stack
from tests.servers import running
from tests.ui.conftest import reader
from tests.ui.screens.test_routes import page

NOBODY = 0xDEAD


def request(trace: Trace, resource: str, lasts: float) -> Span:
    return trace.span(None, "web", "flask.request", 0, lasts, resource, "http",
        tags={"span.kind": "server"})  # fmt: skip


def submitted(span: Span, *submitters: tuple[Trace, Span]) -> None:
    """Give a span submitters, as a client does."""
    span["span_links"] = [
        {"trace_id": trace.id, "trace_id_high": trace.high, "span_id": by["span_id"],
         "attributes": {"relation": "submitter"}}
        for trace, by in submitters
    ]  # fmt: skip


def deferred() -> tuple[Trace, Trace, Trace]:
    """Request 1 fills a cache, request 2 evicts, a batch writes what both and somebody unknown have
    left behind."""
    fills, evicts, writes = Trace(71), Trace(72), Trace(73)
    filling = request(fills, "GET /pair/beer", 50)
    evicting = request(evicts, "GET /menu", 40)
    submitted(evicts.span(evicting, "web", "cache.evict", 10, 20), (fills, filling))
    batch = writes.span(None, "web", "orders.write", 0, 30)
    submitted(batch, (fills, filling), (evicts, evicting))
    batch["span_links"].append(
        {"trace_id": NOBODY, "span_id": 1, "attributes": {"relation": "submitter"}}
    )
    return fills, evicts, writes


FILLS, EVICTS, WRITES = deferred()


@pytest.fixture(scope="module")
def paying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A reader of the UI of a collector with those three traces."""
    data = str(tmp_path_factory.mktemp("paying"))
    with running("-m", "collector", "--port", "0", "--data", data) as collector:
        Stack(collector.url, "").send([FILLS, EVICTS, WRITES])
        yield reader(collector.url)


def rows(text: str, section: str) -> list[str]:
    """Return the table rows of a section as text."""
    part = text[text.index(f'aria-labelledby="{section}"') :].partition("</section>")[0]
    found = re.findall(r"<tr>.*?</tr>", part, re.DOTALL)
    return [" ".join(html.unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in found]


def test_the_map_has_a_switch_and_the_same_total_in_both_positions(paying: FlaskClient) -> None:
    by_trigger, by_submitter = page(paying, "/map"), page(paying, "/map?payer=submitter")
    totals = [re.findall(r"data-total>([^<]*)<", text) for text in (by_trigger, by_submitter)]
    assert totals == [["120 ms"], ["120 ms"]]
    assert any(
        row.startswith("GET /pair/beer web 1 50 ms 50 ms")
        for row in rows(by_trigger, "bills-title")
    )
    assert any(
        row.startswith("GET /pair/beer web 1 50 ms 80 ms")
        for row in rows(by_submitter, "bills-title")
    )
    assert any(
        row.startswith("unknown submitter – – 10 ms") for row in rows(by_submitter, "bills-title")
    )
    assert "GET /menu web GET /pair/beer web 20 ms" in rows(by_trigger, "bills-title")
    assert re.search(r'href="/map\?payer=submitter#bills"', by_trigger)
    assert re.search(r'href="/map#bills"', by_submitter)


def test_a_route_pays_for_what_it_asked_for(paying: FlaskClient) -> None:
    address = "/route?service=web&resource=GET+/pair/beer"
    paid = [
        re.search(r"data-pays>([^<]*)<", page(paying, address + more))[1]  # type: ignore[index]
        for more in ("", "&payer=submitter")
    ]
    assert paid == ["50 ms", "80 ms"]
    text = page(paying, address + "&payer=submitter")
    assert "GET /menu web this route 20 ms" in rows(text, "bills-title")


def test_the_bill_of_a_trace_leads_both_ways(paying: FlaskClient) -> None:
    text = page(paying, f"/trace/{EVICTS.hex}/bill?payer=submitter")
    assert re.findall(r"data-pays>([^<]*)<", text) == ["30 ms"], "40 less 20, and 10 of the batch"
    assert f'href="/trace/{FILLS.hex}?span=' in text
    other = page(paying, f"/trace/{FILLS.hex}/bill")
    assert re.findall(r"data-pays>([^<]*)<", other) == ["50 ms"]
    assert f'href="/trace/{EVICTS.hex}?span=' in other
    assert f'href="/trace/{WRITES.hex}?span=' in other
    assert "not stored" in page(paying, f"/trace/{WRITES.hex}/bill")


def test_the_detail_of_a_span_names_the_relation(paying: FlaskClient) -> None:
    evict = EVICTS.spans[1]["span_id"]
    text = page(paying, f"/trace/{EVICTS.hex}/span/{evict:016x}")
    assert re.search(rf'asked for by\s*<a href="/trace/{FILLS.hex}\?span=', text)
    assert f'href="/trace/{EVICTS.hex}/bill"' in text


@pytest.mark.parametrize("trace_id", ["bière", "%00", "x", "f" * 32, "1" * 33, "…"])
def test_a_bill_of_no_trace_is_not_found(paying: FlaskClient, trace_id: str) -> None:
    assert paying.get(f"/trace/{trace_id}/bill").status_code == 404


@pytest.mark.parametrize("payer", ["", "nobody", "TRIGGER", "‮"])
def test_an_unknown_payer_is_the_trigger(paying: FlaskClient, payer: str) -> None:
    for path in ("/map", f"/trace/{FILLS.hex}/bill", "/route?service=web&resource=GET+/menu"):
        joint = "&" if "?" in path else "?"
        text = page(paying, f"{path}{joint}payer={payer}")
        assert re.search(r'aria-current="true">\s*trigger', text)


def test_without_deferred_work_there_is_no_switch(client: FlaskClient) -> None:
    assert "deferred work is paid for" not in page(client, "/map")
