"""Compare as a browser without scripts sees it."""

from __future__ import annotations

import html
import re
import time
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.browser.deploys import AFTER, BEFORE, ROUTE, TRACES
from tests.browser.spans import Trace, hostile
from tests.browser.stack import Stack
from tests.servers import Server, running
from tests.ui.conftest import BROKEN, reader
from tests.ui.test_security import Elements
from ui.client import Collector
from ui.compare.comparison import grouped

ASKED = {
    "service": "web",
    "resource": ROUTE,
    "a_q": f"version:{BEFORE}",
    "b_q": f'version:"{AFTER}"',
}


@pytest.fixture
def compared(deployed: Server) -> FlaskClient:
    """Return a reader of the UI of the collector with two deploys."""
    return reader(deployed.url)


def page(client: FlaskClient, **asked: str) -> str:
    response = client.get("/compare?" + urlencode(asked))
    assert response.status_code == 200
    return response.text


def answered(server: Server) -> dict[str, object]:
    """Return the collector's answer about the two deploys."""
    asked = {name: ASKED[name] for name in ("a_q", "b_q")}
    answer = Collector(server.url).get("/api/compare", route_service="web", route=ROUTE, **asked)
    return dict(answer)


def charts(text: str) -> list[str]:
    """Return the charts of the difference, for wide and for narrow screens."""
    return re.findall(r'<svg class="fall.*?</svg>', text, re.DOTALL)


def steps(text: str) -> list[str]:
    """Return what the chart's bars say to a screen reader, the same for any width of screen."""
    wide, narrow = (
        [
            html.unescape(label)
            for label in re.findall(r'<g role="listitem"[^>]*aria-label="([^"]*)"', chart)
        ]
        for chart in charts(text)
    )
    assert wide == narrow
    return wide


def test_the_two_newest_deploys_of_the_busiest_route_by_default(
    compared: FlaskClient,
) -> None:
    response = compared.get("/compare")
    assert response.status_code == 302
    target = urlsplit(response.headers["Location"])
    assert {name: values[0] for name, values in parse_qs(target.query).items()} == ASKED


def test_means_percentiles_and_their_differences(compared: FlaskClient, deployed: Server) -> None:
    text = page(compared, **ASKED)
    assert re.search(r"<b class=\"faster\">3\d(\.\d)? ms faster</b> on average", text)
    assert text.count(f">{TRACES}</td>") == 2
    assert "How is this computed?" in text
    assert "collector.analysis.compare" in text


def test_the_waterfall_names_what_changed_and_by_how_much(compared: FlaskClient) -> None:
    first, *between, last = steps(page(compared, **ASKED))
    assert first.startswith("A: mean 13")
    assert re.match(
        r"SELECT … baker WHERE baker.id = \?: −[45]\d(\.\d)? ms; .*; changed$", between[0]
    )
    assert re.match(r"SELECT .* IN \(…\): \+1\d(\.\d)? ms; .*; changed$", between[1])
    assert all(not step.endswith("changed") for step in between[2:])
    assert re.match(r"B: mean 9\d(\.\d)? ms, −3\d", last)


def tasting(seed: int, moved: bool) -> Trace:
    """Return a trace of 10 ms of matching. The taster is called 4 times for 5 ms within it; or, if
    `moved`, 6 times for 3 ms after it."""
    trace = Trace(seed, time.time_ns() - 10**12, "behind" if moved else "within")
    calls, each = (6, 3) if moved else (4, 5)
    tags = {"span.kind": "server"}
    web = trace.span(None, "web", "flask.request", 0, 12 + calls * each, "GET /m", tags=tags)
    match = trace.span(web, "web", "match", 1, 10 if moved else 10 + calls * each)
    for at in range(calls):
        parent, begin = (web, 11) if moved else (match, 2)
        trace.span(parent, "taster", "taste", begin + at * each, each)
    return trace


def lanes(bar: str) -> list[tuple[str, float, float]]:
    """Return the rectangles of a bar: class, left end and length."""
    found = re.findall(
        r'<rect class="(bar|upper \w+|lower \w+)" x="([\d.]+)" y="\d+" width="([\d.]+)"', bar
    )
    return [(name, float(x), float(width)) for name, x, width in found]


def test_work_that_moved_is_one_bar(tmp_path: Path) -> None:
    with running("-m", "collector", "--port", "0", "--data", str(tmp_path)) as collector:
        both = [tasting(2 * seed + moved, moved) for seed in range(20) for moved in (False, True)]
        Stack(collector.url, "").send(both)
        text = page(reader(collector.url), a_q="version:within", b_q="version:behind")
    assert steps(text) == [
        "A: mean 32 ms",
        "taste: −2 ms; by the number of calls +8 ms, by the cost of a call −10 ms; moved",
        "B: mean 30 ms, −2 ms",
    ]
    for chart in charts(text):
        _, mean, bar, _ = chart.split('<g role="listitem"')
        assert 'class="step hollow"' in bar, "a move proves nothing"
        assert "↷ moved" in bar
        assert "moved, 4 → 6 ×, in web flask.req" in bar
        [(_, begin, length)] = lanes(mean)
        assert [name for name, _, _ in lanes(bar)] == ["upper slower", "lower faster"]
        (_, calls, more), (_, cost, less) = lanes(bar)
        assert calls == pytest.approx(begin + length, abs=0.2)
        assert more / less == pytest.approx(8 / 10, abs=0.001)
        assert cost + less == pytest.approx(calls + more, abs=0.02)
    assert "Moved: the operation is called on another path" in text


def test_the_tree_says_what_was_added_and_removed_and_leads_to_spans(
    compared: FlaskClient,
) -> None:
    text = page(compared, **ASKED)
    assert re.search(r'<tr class="removed changed" id="path-\w{16}">', text)
    assert re.search(r'<tr class="added changed" id="path-\w{16}">', text)
    assert "10 → 0" in text
    assert re.search(r'href="/trace/\w{32}\?span=\w{16}">A 5(\.\d+)? ms</a>', text)
    for link in re.findall(r'href="#(path-\w+)"', text):
        assert f'id="{link}"' in text


def test_side_by_side_is_another_address(compared: FlaskClient) -> None:
    text = page(compared, **ASKED, view="beside")
    assert text.count('class="numbers tree"') == 2
    assert "not here" in text
    assert text.count('<svg class="shape"') == 2
    assert page(compared, **ASKED).count('<svg class="shape"') == 1


def test_attributes_that_are_more_common_in_one_set(compared: FlaskClient) -> None:
    text = page(compared, **ASKED)
    row = re.search(r'<span class="muted">batched</span>\s+<b>True</b>.*?</tr>', text, re.DOTALL)
    assert row is not None
    assert "more in B" in row[0]
    assert "batched%3ATrue" in row[0], "it leads to the traces that have it"


def test_equally_common_values_of_one_attribute_share_a_row() -> None:
    row = {"attribute": "key", "share_a": 1.0, "share_b": 0.0, "verdict": "less in B"}
    rows = [{**row, "value": value} for value in ("one", "two", "three")]
    rows.append({**row, "value": "four", "share_a": 0.5})
    assert [(each["value"], each["others"]) for each in grouped(rows)] == [
        ("one", ["two", "three"]),
        ("four", []),
    ]


def test_the_form_leads_to_the_comparison_it_describes(compared: FlaskClient) -> None:
    form = {"route": f'["web", "{ROUTE}"]', "a_version": BEFORE, "b_version": AFTER}
    response = compared.get("/compare/choose?" + urlencode({**form, "a_more": "", "b_more": ""}))
    assert response.headers["Location"] == "/compare?" + urlencode(ASKED)
    swapped = compared.get("/compare/choose?" + urlencode({**form, "swap": "1"}))
    assert parse_qs(urlsplit(swapped.headers["Location"]).query)["b_q"] == [f"version:{BEFORE}"]


def test_every_offered_comparison_can_be_made(compared: FlaskClient) -> None:
    text = page(compared, **ASKED)
    ways = re.search(r'<p class="ways-to-compare">.*?</p>', text, re.DOTALL)
    assert ways is not None
    offered = re.findall(r'href="([^"]+)"', ways[0])
    assert len(offered) >= 3
    for address in offered:
        assert compared.get(html.unescape(address)).status_code in (200, 302)


def test_few_traces_are_not_judged(compared: FlaskClient) -> None:
    text = page(compared, a_q="version:step-10", b_q=f"version:{BEFORE}")
    assert "change cannot be told from chance" in text
    assert 'class="verdict changed"' not in text


def test_a_single_deploy_teaches_how_to_get_another(client: FlaskClient) -> None:
    text = page(client, service="web", resource="GET /wide")
    assert "One deploy so far: step-10" in text
    assert "./workshop up --step" in text


def test_a_side_without_traces_is_named(compared: FlaskClient) -> None:
    text = page(compared, a_q="nothing-of-the-kind", b_q=f"version:{BEFORE}")
    assert "No trace matches A" in text


def test_a_search_that_cannot_be_read_says_which(compared: FlaskClient) -> None:
    response = compared.get("/compare?a_q=((&b_q=error:1")
    assert response.status_code == 400
    assert "A, at character 3: it ends where a term is expected" in response.text
    assert 'value="(("' in response.text


def test_hostile_names_stay_text(compared: FlaskClient) -> None:
    q = f"trace:{hostile(BROKEN).hex}"
    for view in ("", "beside"):
        text = page(compared, a_q=q, b_q="error:1", view=view)
        assert "<script>document" not in text
        assert "&lt;script&gt;document" in text
        for tag, attributes in Elements(text).found:
            assert tag not in ("img", "iframe", "style")
            assert "style" not in attributes
            assert not (attributes.get("href") or "").startswith("javascript:")


def test_a_collector_that_is_down_says_so(alone: FlaskClient) -> None:
    for address in ("/compare", "/what-if", "/what-if/answer"):
        response = alone.get(address)
        assert response.status_code == 503
        assert "The collector is down" in response.text
