"""The Live screen in a real browser."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import FAILED, USUAL, Opener, parameters
from tests.browser.spans import pairing, ping
from tests.browser.stack import Stack


def drawn(page: Page) -> None:
    """Wait for the scatter, with which the list comes alive."""
    page.wait_for_selector(".plot path[class]", state="attached")


def rows(page: Page) -> list[str]:
    """The ids in the list, from the top."""
    return page.locator("#traces tbody tr").evaluate_all("rows => rows.map(row => row.dataset.id)")


def test_a_search_is_typed_and_narrows_the_list(visit: Opener) -> None:
    page = visit("/")
    page.keyboard.press("/")
    page.keyboard.type("service:taster error:1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    assert parameters(page) == {"q": "service:taster error:1"}, (
        "empty fields stay out of the address"
    )
    assert rows(page) == [FAILED.hex]


def test_the_helper_writes_a_search(visit: Opener) -> None:
    page = visit("/")
    page.get_by_text("Build a search").click()
    page.get_by_label("Service").select_option("taster")
    page.get_by_label("Errors").select_option("1")
    page.get_by_role("button", name="Add to the search").click()
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("service:taster error:1")


def test_the_scatter_shows_each_trace_and_errors_by_another_shape(visit: Opener) -> None:
    page = visit("/?q=pair")
    drawn(page)
    marks = page.locator(".plot path.dot, .plot path.cross")
    paths = marks.evaluate_all("paths => paths.map(path => path.getAttribute('d')).join('')")
    assert len(re.findall(r"M[\d.]+ [\d.]+h0", paths)) == 2
    assert len(re.findall(r"M[\d.]+ [\d.]+m-4-4l8 8", paths)) == 1


def test_the_scatter_by_keyboard(visit: Opener) -> None:
    page = visit("/?q=error:1+service:taster")
    drawn(page)
    page.locator(".plot").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip")).to_contain_text("GET /pair/beer")
    expect(page.locator("#announce")).to_contain_text("with an error")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/trace/{FAILED.hex}")


def test_the_scatter_by_mouse(visit: Opener) -> None:
    page = visit("/?q=error:1+service:taster")
    drawn(page)
    x, y = page.evaluate(
        """() => {
          const cross = document.querySelector(".plot .cross");
          const { x, y, width, height } = cross.getBoundingClientRect();
          return [x + width / 2, y + height / 2];
        }"""
    )
    page.mouse.move(x, y)
    expect(page.locator(".tip")).to_be_visible()
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(f"**/trace/{FAILED.hex}")


def test_dragging_selects_a_range_of_time_and_duration(visit: Opener) -> None:
    page = visit("/?q=pair")
    drawn(page)
    plot = page.locator(".plot").bounding_box()
    assert plot is not None
    page.mouse.move(plot["x"] + 70, plot["y"] + 15)
    page.mouse.down()
    page.mouse.move(plot["x"] + plot["width"] - 60, plot["y"] + plot["height"] - 30, steps=3)
    page.mouse.up()
    page.wait_for_url("**from=*")
    query = parameters(page)
    assert int(query["from"]) < int(query["to"])
    assert re.fullmatch(r"pair duration:>=\d+ns duration:<=\d+ns", query["q"])
    assert len(rows(page)) == 3
    page.locator(".range").click()
    page.wait_for_url(re.compile(r"q=pair[^&]*$"))


def test_the_scale_is_chosen_and_stays_in_the_address(visit: Opener) -> None:
    page = visit("/")
    drawn(page)
    page.get_by_role("button", name="linear").click()
    assert parameters(page)["scale"] == "linear"
    page.reload()
    expect(page.get_by_role("button", name="linear")).to_have_attribute("aria-pressed", "true")


def test_rows_by_keyboard(visit: Opener) -> None:
    page = visit("/?q=pair&order=slowest")
    drawn(page)
    order = rows(page)
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/trace/{order[1]}")


def test_new_traces_arrive_by_themselves(visit: Opener, servers: Stack) -> None:
    page = visit("/?q=root.service:locust")
    expect(page.locator(".live-state")).to_have_text("Live")
    new = pairing(100)
    servers.send([new])
    row = page.locator(f"tr[data-id='{new.hex}']")
    expect(row).to_contain_text("GET /pair/beer")
    expect(row.locator(".chip")).to_have_count(5)
    assert rows(page)[0] == new.hex
    expect(page.locator('[data-s="traces"]')).to_have_text(str(len(rows(page))))


def test_rows_stay_under_the_pointer_until_it_leaves(visit: Opener, servers: Stack) -> None:
    page = visit("/?q=ping")
    drawn(page)
    page.locator("#traces tbody tr").nth(1).hover()
    before = rows(page)
    servers.send([ping(101), ping(102)])
    expect(page.locator("#arrived")).to_have_text("2 new traces")
    assert rows(page) == before
    page.mouse.move(5, 5)
    expect(page.locator("#arrived")).to_be_hidden()
    assert rows(page)[2:] == before


def test_pausing_holds_new_traces_back(visit: Opener, servers: Stack) -> None:
    page = visit("/?q=ping")
    drawn(page)
    page.locator(".live-state[data-state=live]").click()
    expect(page.locator(".live-state")).to_have_text("Paused")
    before = rows(page)
    servers.send([ping(103)])
    expect(page.locator("#arrived")).to_have_text("1 new trace")
    assert rows(page) == before
    page.locator("#arrived").click()
    assert rows(page)[1:] == before


def test_a_trace_that_grows_is_told_in_its_row(visit: Opener, servers: Stack) -> None:
    trace = pairing(104)
    whole, trace.spans = trace.spans, trace.spans[:10]
    servers.send([trace])
    page = visit(f"/?q=trace:{trace.hex}")
    spans = page.locator('tr [data-f="spans"]')
    expect(spans).to_have_text("10")
    drawn(page)
    trace.spans = whole[10:]
    servers.send([trace])
    expect(spans).to_have_text("96")


def test_what_came_before_the_stream_opened_is_not_missed(visit: Opener, servers: Stack) -> None:
    page = visit("/?q=ping")
    drawn(page)
    new = ping(108)

    def arrive_first(route: Route) -> None:
        servers.send([new])
        time.sleep(0.6)  # the collector's own batches have gone out by then
        route.continue_()

    page.context.route("**/api/live*", arrive_first)
    page.reload()
    expect(page.locator(f"tr[data-id='{new.hex}']")).to_be_visible()


def test_without_the_stream_the_page_asks_again(visit: Opener, servers: Stack) -> None:
    page = visit("/?q=root.service:locust", expected="429")
    page.context.route("**/api/live*", lambda route: route.fulfill(status=429, body="{}"))
    page.reload()
    expect(page.locator(".live-state")).to_contain_text("every 3 s")
    new = pairing(105)
    servers.send([new])
    expect(page.locator(f"tr[data-id='{new.hex}']")).to_be_visible(timeout=8000)


def test_a_collector_that_goes_while_the_page_begins_is_noticed(visit: Opener) -> None:
    page = visit("/?q=pair", expected="503")
    drawn(page)
    page.context.route("**/api/traces?*", lambda route: route.fulfill(status=503, body="{}"))
    page.reload()
    expect(page.locator(".live-state")).to_have_text("Collector down")
    page.context.unroute("**/api/traces?*")
    expect(page.locator(".live-state")).to_have_text("Live")
    drawn(page)


def test_back_from_a_trace_is_where_one_was(visit: Opener) -> None:
    page = visit("/?q=pair")
    drawn(page)
    page.locator(f"tr[data-id='{USUAL.hex}'] a").click()
    page.wait_for_selector("#rows:not([aria-busy])")
    page.go_back()
    expect(page.locator("#q")).to_have_value("pair")
    expect(page.locator(".live-state")).to_have_text("Live")


def test_the_last_span_received_is_told_in_seconds(visit: Opener, servers: Stack) -> None:
    page = visit("/")
    servers.send([ping(106)])
    time.sleep(0.1)
    expect(page.locator('#status [data-s="last"]')).to_contain_text(
        re.compile(r"last span received \d s ago")
    )
