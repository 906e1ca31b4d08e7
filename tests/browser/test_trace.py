"""The waterfall in a real browser: what it shows, how it is moved, and what the address says."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import (
    DEEP,
    FAILED,
    LOST,
    MANY,
    USUAL,
    WIDE,
    Opener,
    expect_rows,
    parameters,
    rows,
)
from tests.browser.spans import Trace, pairing
from tests.browser.stack import Stack
from tests.waiting import wait_until

Show = Callable[..., Page]


def row(page: Page, name: str, at: int = 0) -> Locator:
    """The row of the span with that operation, by the order on the screen."""
    return page.locator("#rows .row").filter(has=page.locator(".operation", has_text=name)).nth(at)


def active(page: Page) -> str:
    return str(page.evaluate("document.activeElement.querySelector('.operation')?.textContent"))


def test_opened_from_the_list(visit: Opener) -> None:
    page = visit(f"/?q=trace:{USUAL.hex}")
    page.locator("#traces a").first.click()
    page.wait_for_selector("#rows:not([aria-busy])")
    expect_rows(page, len(USUAL.spans))
    expect(page.locator("#share li").first).to_contain_text("taster")


def test_large_traces_of_a_list_are_prepared(visit: Opener) -> None:
    page = visit("/ping")
    with page.expect_request(lambda request: request.method == "HEAD") as prepared:
        page.goto(page.url.replace("/ping", f"/?q=trace:{WIDE.hex}"))
    assert prepared.value.url.endswith(f"/api/trace/{WIDE.hex}")
    response = prepared.value.response()
    assert response is not None
    assert response.status == 200


def test_a_trace_pointed_at_is_fetched_before_the_click(visit: Opener) -> None:
    page = visit(f"/?q=trace:{USUAL.hex}")
    page.wait_for_selector("#scatter .dot", state="attached")
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    with page.expect_response(f"**/api/trace/{USUAL.hex}"):
        page.locator("#traces tbody tr").first.hover()
    page.locator("#traces a").first.click()
    page.wait_for_selector("#rows:not([aria-busy])")
    assert sum(url.endswith(f"/api/trace/{USUAL.hex}") for url in asked_for) == 1


def test_closing_and_opening_a_span(show: Show) -> None:
    page = show(USUAL)
    match = row(page, "donuts.query")
    match.locator(".twist").click()
    expect_rows(page, len(USUAL.spans) - 42)
    expect(match).to_have_attribute("aria-expanded", "false")
    assert parameters(page) == {"toggled": "4", "of": "96"}
    page.reload()
    page.wait_for_selector("#rows:not([aria-busy])")
    expect_rows(page, len(USUAL.spans) - 42)
    row(page, "donuts.query").locator(".twist").click()
    expect_rows(page, len(USUAL.spans))
    assert parameters(page) == {}


def test_levels(show: Show) -> None:
    page = show(USUAL)
    page.keyboard.press("[")
    fewer = rows(page)
    assert fewer < len(USUAL.spans)
    for _ in range(4):
        page.keyboard.press("[")
    expect_rows(page, 1)
    assert parameters(page)["level"] == "0"
    for _ in range(5):
        page.keyboard.press("]")
    expect_rows(page, len(USUAL.spans))


def test_repeats_fold_into_one_row_that_draws_them_all(show: Show) -> None:
    page = show(USUAL)
    page.get_by_role("button", name="Fold repeats").click()
    expect_rows(page, 9)
    comb = row(page, "sqlalchemy.query", 1)
    expect(comb.locator(".run")).to_have_text("×24")
    path = comb.locator(".bar").get_attribute("d") or ""
    assert path.count("M") == 24, "each of them is a tooth of its own"
    assert parameters(page)["fold"] == "all"
    comb.locator(".run").click()
    expect_rows(page, 9 + 23)
    page.reload()
    page.wait_for_selector("#rows:not([aria-busy])")
    expect_rows(page, 9 + 23)


def test_calls_that_differ_by_an_id_fold_into_one_row_that_says_what_they_share(
    show: Show, servers: Stack
) -> None:
    trace = Trace(110)
    root = trace.span(None, "web", "flask.request", 0, 90, "GET /round", "http")
    for number in range(8):
        trace.span(root, "web", "get", 2 + 10 * number, 8, f"GET /taste/{number}", "http")
    servers.send([trace])
    page = show(trace, "?fold=all")
    expect_rows(page, 2)
    comb = row(page, "get")
    expect(comb.locator(".resource")).to_have_text("GET /taste/?")
    comb.locator(".run").click()
    expect_rows(page, 9)
    expect(row(page, "get", 7).locator(".resource")).to_have_text("GET /taste/7")


def test_details_are_fetched_and_the_address_goes_back(show: Show) -> None:
    page = show(FAILED)
    expect(page.locator("#detail")).to_be_hidden()
    row(page, "beer.query").locator(".operation").click()
    expect(page.locator("#detail h2")).to_have_text("W" + "beer.query")
    row(page, "flask.request").locator(".operation").click()
    detail = page.locator("#detail")
    expect(detail).to_contain_text("http.request.method")
    expect(detail.locator(".failure")).to_contain_text("500 from taster")
    detail.get_by_text("Stack").click()
    expect(detail).to_contain_text("palate.taste(beer, donut)")
    page.go_back()
    expect(page.locator("#detail h2")).to_contain_text("beer.query")
    page.go_back()
    expect(detail).to_be_hidden()


def test_a_tag_leads_to_more_traces_with_it(show: Show) -> None:
    page = show(FAILED)
    row(page, "flask.request").locator(".operation").click()
    tag = page.locator("#detail tr", has_text="http.response.status_code")
    expect(tag.locator("a")).to_have_attribute("href", "/?q=http.response.status_code%3A500")


def test_an_address_with_a_span_shows_it_in_the_middle(show: Show) -> None:
    span = WIDE.spans[7000]
    page = show(WIDE, f"?span={span['span_id']:016x}")
    selected = page.locator('.row[aria-selected="true"]')
    expect(selected).to_be_in_viewport()
    expect(selected.locator(".resource")).to_have_text(span["resource"])
    expect(page.locator("#detail")).to_be_visible()


def test_zoom_by_the_minimap(show: Show) -> None:
    page = show(USUAL)
    strip = page.locator("#minimap").bounding_box()
    assert strip is not None
    page.mouse.move(strip["x"] + strip["width"] * 0.25, strip["y"] + 20)
    page.mouse.down()
    page.mouse.move(strip["x"] + strip["width"] * 0.5, strip["y"] + 20, steps=4)
    page.mouse.up()
    query = parameters(page)
    lasts = int(query["to"]) - int(query["from"])
    whole = max(span["start"] + span["duration"] for span in USUAL.spans) - USUAL.start
    assert 0.24 < lasts / whole < 0.26
    before = page.locator(".ruler span").first.text_content()
    page.reload()
    page.wait_for_selector("#rows:not([aria-busy])")
    expect(page.locator(".ruler span").first).to_have_text(before)
    page.keyboard.press("z")
    assert parameters(page) == {}
    expect(page.get_by_role("button", name="Zoom out to the whole trace")).to_be_disabled()


def test_zoom_to_a_span_by_key(show: Show) -> None:
    page = show(USUAL)
    for key in ("j", "j", "j", "Z"):
        page.keyboard.press(key)
    width_of = "element => element.getBoundingClientRect().width"
    bar, lane = page.locator(".row:focus .bar"), page.locator(".row:focus .time")
    wait_until(lambda: bar.evaluate(width_of) > 0.85 * lane.evaluate(width_of))


def test_find_counts_marks_and_goes_round(show: Show) -> None:
    page = show(USUAL)
    page.keyboard.press("/")
    page.keyboard.type("palate.taste")
    expect(page.locator("#found")).to_have_text("12")
    assert parameters(page)["find"] == "palate.taste"
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_have_text("1 of 12")
    expect(page.locator("#announce")).to_have_text("match 1 of 12")
    page.keyboard.press("Escape")
    for key in ("n", "n", "p"):
        page.keyboard.press(key)
    expect(page.locator("#found")).to_have_text("2 of 12")
    assert active(page) == "palate.taste"
    expect(page.locator(".row.match").first).to_be_visible()


def test_find_opens_what_hides_a_match(show: Show) -> None:
    page = show(USUAL, "?level=0&find=palate.wait")
    expect_rows(page, 1)
    page.keyboard.press("n")
    expect(row(page, "palate.wait")).to_be_in_viewport()


def test_errors_one_after_the_other(show: Show) -> None:
    page = show(FAILED)
    seen = []
    for _ in range(4):
        page.keyboard.press("e")
        seen.append(active(page))
    assert seen == ["flask.request", "requests.request", "flask.request", "flask.request"]
    expect(page.locator("#announce")).to_have_text("error 1 of 3")


def test_statistics(show: Show) -> None:
    page = show(USUAL)
    page.get_by_role("tab", name="Statistics").click()
    assert parameters(page) == {"view": "statistics"}
    table = page.locator("#statistics table")
    expect(table.locator("tbody tr")).to_have_count(11)
    expect(table.locator("tbody tr").first).to_contain_text("palate.taste")
    page.get_by_role("button", name="Spans").click()
    expect(table.locator("tbody tr").first).to_contain_text("sqlalchemy.query")
    table.get_by_role("button", name="redis.command").click()
    expect(page.locator("#found")).to_have_text("1 of 18")


def test_a_wide_trace_needs_few_elements(show: Show) -> None:
    page = show(WIDE)
    expect_rows(page, len(WIDE.spans))
    page.locator(".viewport").evaluate("viewport => { viewport.scrollTop = 140000; }")
    page.wait_for_selector("#row-5010")
    assert page.locator("#rows .row").count() < 100


def test_a_deep_chain_is_read_at_its_end(show: Show) -> None:
    page = show(DEEP)
    page.keyboard.press("End")
    last = page.locator(".row:focus")
    expect(last.locator(".depth")).to_have_text("50000")
    expect(last.locator(".label")).to_contain_text("level 49999")
    expect(last).to_have_attribute("aria-level", "50000")
    label = last.locator(".label").bounding_box()
    assert label is not None
    assert label["width"] > 60, "there is room for the name, however deep"
    page.keyboard.press("h")
    expect(page.locator(".row:focus .label")).to_contain_text("level 49998")


def test_an_incomplete_trace_says_what_is_likely(show: Show) -> None:
    page = show(LOST)
    odd = page.locator("#notices")
    expect(odd).to_contain_text("The root span was not received")
    expect(odd).to_contain_text("named a parent that was not received")
    odd.locator("summary").first.click()
    odd.locator("button").first.click()
    expect(page.locator("#detail")).to_be_visible()


def test_more_services_than_hues_differ_by_texture_and_letters(show: Show) -> None:
    page = show(MANY)
    tiles = page.locator("#rows .tile")
    looks = tiles.evaluate_all("tiles => tiles.map(tile => tile.className + tile.textContent)")
    rows = page.locator("#rows .row .name").evaluate_all(
        "names => names.map(name => name.getAttribute('aria-label').split(' ')[0])"
    )
    assert len(set(rows)) > 4
    assert len(set(looks)) == len(set(rows)) == len(set(zip(rows, looks, strict=True)))
    assert {look.split("texture-")[1][0] for look in looks} & {"1", "2"}


def test_a_trace_that_grew_says_so(show: Show, servers: Stack) -> None:
    trace = pairing(107)
    for span in trace.spans:
        span["resource"] = span["resource"].replace("/pair", "/grow")  # others count the pairings
    whole, trace.spans = trace.spans, trace.spans[:20]
    servers.send([trace])
    page = show(trace)
    trace.spans = whole[20:]
    servers.send([trace])
    page.get_by_role("button", name="76 more spans arrived. Show").click()
    page.wait_for_selector('#rows[aria-rowcount="97"]')


def test_spans_that_do_not_come_are_told_in_the_collectors_words(visit: Opener) -> None:
    page = visit("/", expected="503")
    page.context.route(
        "**/api/trace/*",
        lambda route: route.fulfill(status=503, json={"error": "the collector is busy"}),
    )
    page.goto(page.url + f"trace/{USUAL.hex}")
    expect(page.locator("#rows")).to_contain_text(
        "The spans could not be loaded: the collector is busy"
    )


def test_the_picture_holds_what_is_on_the_screen(show: Show) -> None:
    page = show(USUAL, "?fold=all")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#copies summary").click()
    page.get_by_role("button", name="The picture as SVG").click()
    expect(page.locator("#announce")).to_have_text("SVG copied")
    picture = str(page.evaluate("navigator.clipboard.readText()"))
    assert picture.startswith("<svg")
    assert "GET /pair/beer" in picture
    assert "×18" in picture
    page.locator("#copies summary").click()
    page.get_by_role("button", name="The picture as PNG").click()
    expect(page.locator("#announce")).to_have_text("PNG copied")


def test_the_border_between_names_and_times_moves_and_stays(show: Show) -> None:
    page = show(USUAL)
    border = page.get_by_role("separator", name="Width of the names")
    before = page.locator(".head .name").bounding_box()
    border.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.reload()
    page.wait_for_selector("#rows:not([aria-busy])")
    after = page.locator(".head .name").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] > before["width"] + 50
