"""Every chart of every screen, in windows from a phone's to a desk's: all of it is to be seen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Opener
from tests.browser.deploys import BEFORE
from tests.browser.sets.conftest import STRANGE, USUAL
from tests.browser.stack import Stack
from tests.ui.screens.test_load import keep, run

WIDTHS = (390, 800, 1000, 1280, 1920)
OFFER = "service=web&resource=GET+/offer"
CHARTS = {
    "/": "#scatter svg",
    f"/trace/{USUAL.hex}": ".row svg",
    f"/trace/{USUAL.hex}?view=flame": "#flame svg",
    f"/trace/{USUAL.hex}?view=graph": ".graph-room svg",
    f"/trace/{STRANGE.hex}": "#minimap canvas",
    "/routes": ".meter",
    f"/route?{OFFER}": ".graph-room svg",
    f"/route?{OFFER}&tab=tree": "#timeline svg",
    "/map": ".graph-room svg",
    "/compare": "#difference svg",
    "/compare?view=side": "#shape svg",
    f"/what-if?{OFFER}": "#after svg",
    f"/what-if?{OFFER}&q=version:{BEFORE}": ".graph-room svg",
    "/load": ".load-chart svg",
    "/load/1": ".load-chart svg",
}
"""Addresses, and one of the charts there. Scripts draw some of them."""
SCROLL_SIDEWAYS = ".graph-room, .timeline .chart-room, .wide, .load-wide, .flow"
"""What scrolls sideways on purpose: graphs, a long time, wide tables."""

CUT_OFF = """(scrollers) => {
  const SLACK = 1.5;
  const within = (inner, outer) =>
    inner.left >= outer.left - SLACK && inner.right <= outer.right + SLACK;
  const windowBox = { left: 0, right: document.documentElement.clientWidth };
  const boxOf = (element) =>
    element === document.body ? windowBox : element.getBoundingClientRect();
  const isDrawn = (chart) =>
    chart.checkVisibility() && boxOf(chart).width > 0 && boxOf(chart).height > 0;
  const limits = (element) => element === document.body || element.matches("figure") ||
    getComputedStyle(element).overflowX !== "visible";
  /* Whether a chart lies within all that may cut it off, up to something that scrolls. */
  const isWhole = (chart) => {
    for (let outer = chart.parentElement; ; outer = outer.parentElement) {
      if (outer.matches(scrollers)) return isDrawn(outer) && within(boxOf(outer), windowBox);
      if (limits(outer) && !within(boxOf(chart), boxOf(outer))) return false;
      if (outer === document.body) return true;
    }
  };
  const name = (chart) => `${chart.getAttribute("class")} in ${chart.parentElement.className}`;
  const charts = [...document.querySelectorAll("main svg:not(svg svg), main canvas")]
    .filter((chart) => !chart.matches(".icon, .patterns, .indent"))
    .filter((chart) => !chart.closest("[hidden], details:not([open])"));
  /* A room may have two drawings of a chart, for wide and narrow windows. */
  const rooms = new Set(charts.map((chart) => chart.parentElement));
  const full = new Set(charts.filter(isDrawn).map((chart) => chart.parentElement));
  const empty = [...rooms].filter((room) => !room.closest("td, th") && !full.has(room));
  const cut = charts.filter((chart) => isDrawn(chart) && !isWhole(chart));
  const words = charts.filter(isDrawn).flatMap((chart) => [...chart.querySelectorAll("text")]
    .filter((text) => boxOf(text).width && !within(boxOf(text), boxOf(chart))));
  return [
    ...(charts.length ? [] : ["there is no chart"]),
    ...empty.map((room) => `no chart is to be seen in ${room.className}`),
    ...cut.map((chart) => `${name(chart)} is cut off`),
    ...words.map((text) => `“${text.textContent}” is cut off`),
  ];
}"""


@pytest.fixture(scope="module", autouse=True)
def load_runs(servers: Stack) -> list[int]:
    """Runs of the load test, for the Load screen."""
    return [keep(servers.collector, run(users, f"step-{users}")) for users in (4, 8)]


def cut_off(page: Page, width: int) -> list[str]:
    """Return what is wrong with the page's charts in a window of that width."""
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    return [f"{width} px: {problem}" for problem in page.evaluate(CUT_OFF, SCROLL_SIDEWAYS)]


@pytest.mark.parametrize("address", CHARTS)
def test_charts_are_seen_whole(visit: Opener, address: str) -> None:
    page = visit(address)
    page.wait_for_selector(CHARTS[address], state="attached")
    assert [problem for width in WIDTHS for problem in cut_off(page, width)] == []
