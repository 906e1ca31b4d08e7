"""The What if screen as a browser without scripts sees it."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.browser.deploys import BAKERS, BEFORE, ROUTE
from tests.servers import Server
from tests.ui.conftest import reader
from tests.ui.test_security import Elements

ASKED = {"service": "web", "resource": ROUTE, "q": f"version:{BEFORE}"}
COMB = {"service": "db", "name": "sqlalchemy.query", "resource": BAKERS}
TASTE = {"service": "taster", "name": "flask.request", "resource": "GET /taste"}


@pytest.fixture
def asking(deployed: Server) -> FlaskClient:
    """Return a reader of the UI of the collector with two deploys."""
    return reader(deployed.url)


def page(client: FlaskClient, *changes: dict[str, object], path: str = "", **asked: str) -> str:
    given = [*asked.items(), *(("change", json.dumps(change)) for change in changes)]
    response = client.get(f"/what-if{path}?" + urlencode(given))
    assert response.status_code == 200
    return response.text


def predicted(text: str) -> tuple[str, str]:
    """Return the median now and then."""
    now = re.search(r'data-now="p50">([^<]+)<', text)
    then = re.search(r'data-then="p50">([^<]+)<', text)
    assert now is not None
    assert then is not None
    return now[1], then[1]


def milliseconds(text: str) -> float:
    number, unit = text.split(" ")
    assert unit == "ms"
    return float(number)


def test_the_busiest_route_by_default(asking: FlaskClient) -> None:
    response = asking.get("/what-if")
    assert response.headers["Location"] == "/what-if?" + urlencode(
        {"service": "web", "resource": ROUTE}
    )


def test_without_a_change_nothing_changes(asking: FlaskClient) -> None:
    text = page(asking, **ASKED)
    now, then = predicted(text)
    assert now == then
    assert "Nothing is changed yet" in text
    assert "What this cannot know" in text


def test_a_change_is_predicted_and_said(asking: FlaskClient) -> None:
    change = TASTE | {"way": "scale", "factor": 0.5}
    text = page(asking, change, **ASKED)
    now, then = map(milliseconds, predicted(text))
    assert now - then == pytest.approx(36, abs=2), "four calls of 18 ms, each twice as fast"
    assert "2 × as fast" in text
    assert '<option value="scale" selected>' in text
    assert re.search(r'data-then="concerned">100 %<', text)
    assert f"{now:.3g} ms -&gt; {then:.3g} ms" in text
    assert 'class="figure"' in text
    assert "2× speed" in text, "on the flow graph"


def test_what_a_batch_keeps_and_what_a_cache_lacks_is_said(asking: FlaskClient) -> None:
    text = page(
        asking, COMB | {"way": "batch"}, TASTE | {"way": "cache", "hit_ratio": 0.8}, **ASKED
    )
    assert "what the caller did <em>between</em> the calls it still does" in text
    assert "80 % from a cache" in text
    assert re.search(r'name="by"[^>]*value="80"', text)
    assert "between</em> the calls" not in page(asking, **ASKED)


def test_only_what_changes_can_be_asked_for(asking: FlaskClient) -> None:
    part = page(asking, COMB | {"way": "cache"}, path="/answer", **ASKED)
    whole = page(asking, COMB | {"way": "cache"}, **ASKED)
    assert predicted(part) == predicted(whole)
    assert "<html" not in part
    assert 'id="after"' in part


def test_the_form_leads_to_the_address_of_its_changes(asking: FlaskClient) -> None:
    text = page(asking, **ASKED)
    rows = [html.unescape(key) for key in re.findall(r'name="op" value="([^"]+)"', text)]
    comb = rows.index(json.dumps(list(COMB.values())))
    given = [("route", f'["web", "{ROUTE}"]'), ("q", ASKED["q"]), ("last", "")]
    for at, row in enumerate(rows):
        given += [("op", row), ("way", "batch" if at == comb else ""), ("by", "")]
    response = asking.get("/what-if/choose?" + urlencode(given))
    target = urlsplit(response.headers["Location"])
    asked = parse_qs(target.query)
    assert json.loads(asked.pop("change")[0]) == COMB | {"way": "batch"}
    assert {name: values[0] for name, values in asked.items()} == ASKED


def test_ways_that_make_no_sense_are_not_offered(asking: FlaskClient) -> None:
    text = page(asking, **ASKED)
    offered = {}
    for key, ways in re.findall(
        r'name="op" value="([^"]+)">\s*<select[^>]*>(.*?)</select>', text, re.DOTALL
    ):
        offered[json.loads(html.unescape(key))[2]] = re.findall(r'value="(\w+)"', ways)
    assert offered[BAKERS] == ["scale", "cache", "batch", "parallel"]
    assert offered[ROUTE] == ["scale"], "what begins a trace cannot come from a cache"


def test_an_operation_that_is_not_there_keeps_its_row(asking: FlaskClient) -> None:
    gone = {"service": "db", "name": "gone", "resource": "gone", "way": "cache"}
    text = page(asking, gone, **ASKED)
    assert "not in these traces" in text
    assert predicted(text)[0] == predicted(text)[1]


def test_a_bad_change_is_named(asking: FlaskClient) -> None:
    for path in ("", "/answer"):
        response = asking.get(f"/what-if{path}?change=nonsense")
        assert response.status_code == 400
        assert "nonsense" in response.text
        assert "Traceback" not in response.text


def test_no_match_says_what_to_drop(asking: FlaskClient) -> None:
    text = page(asking, **{**ASKED, "q": "version:none"})
    assert "Nothing matches" in text


def test_who_fails_without_a_service(asking: FlaskClient) -> None:
    text = page(asking, service="web", resource=ROUTE, away="taster")
    fails = re.search(r'<tr class="fails">.*?</tr>', text, re.DOTALL)
    unknown = re.search(r'<tr class="unknown">.*?</tr>', text, re.DOTALL)
    assert fails is not None
    assert unknown is not None
    assert "GET /pair/beer" in fails[0]
    assert "1 of 1" in fails[0]
    assert "7.1 % to 100 %" in fails[0]
    assert "never seen away" in unknown[0]
    assert ROUTE in unknown[0]


def test_hostile_names_stay_text(asking: FlaskClient) -> None:
    text = page(asking, all="1")
    assert "<script>document" not in text
    assert "&lt;script&gt;document" in text
    for tag, attributes in Elements(text).found:
        assert tag not in ("img", "iframe", "style")
        assert "style" not in attributes
        assert not (attributes.get("href") or "").startswith("javascript:")
