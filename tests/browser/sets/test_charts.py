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
  const slack = 1.5, problems = [];
  const within = (inner, outer) => inner.left >= outer.left - slack && inner.right <= outer.right + slack;
  const windowBox = { left: 0, right: document.documentElement.clientWidth };
  const isDrawn = (chart) => chart.checkVisibility() && chart.getBoundingClientRect().width > 0
    && chart.getBoundingClientRect().height > 0;
  const name = (chart) => `${chart.tagName}.${chart.getAttribute("class")} in ${chart.parentElement.className}`;
  const charts = [...document.querySelectorAll("main svg:not(svg svg), main canvas")]
    .filter((chart) => !chart.matches(".icon, .patterns, .indent") && !chart.closest("[hidden], details:not([open])"));
  for (const room of new Set(charts.map((chart) => chart.parentElement).filter((room) => !room.closest("td, th")))) {
    const own = charts.filter((chart) => chart.parentElement === room);
    if (!own.some(isDrawn)) problems.push(`${name(own[0])} is not to be seen`);
  }
  for (const chart of charts.filter(isDrawn)) {
    const box = chart.getBoundingClientRect();
    for (let outer = chart.parentElement; ; outer = outer.parentElement) {
      const limits = outer === document.body ? windowBox : outer.getBoundingClientRect();
      const scrolls = outer.matches(scrollers);
      if (scrolls && within(limits, windowBox) && limits.width > 0) break;
      const isLimit = outer === document.body || getComputedStyle(outer).overflowX !== "visible"
        || outer.matches("figure");
      if (isLimit && !within(box, limits)) {
        problems.push(`${name(chart)}: ${box.left}–${box.right} in ${limits.left}–${limits.right}`);
        break;
      }
      if (outer === document.body) break;
    }
    for (const text of chart.querySelectorAll("text")) {
      const words = text.getBoundingClientRect();
      if (words.width && !within(words, box)) problems.push(`${name(chart)}: “${text.textContent}” is cut off`);
    }
  }
  return charts.length ? problems : ["no chart"];
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
