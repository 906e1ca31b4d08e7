"""From the click on a trace in the list to the painted waterfall, and how smoothly it scrolls.

A real collector, the real UI and a headless Chromium. Every trace is opened for the first time, so
that nothing is measured out of a cache that a user's first click would not have either. The list
has been on the screen for a moment, as it has been for whoever reads it before the click; meanwhile
its page has the collector prepare the large traces in it. Who opens a trace by its address waits
for that as well: the line for it counts from the moment the browser goes there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import BrowserContext, Page

from tests.browser.chromium import browser
from tests.browser.spans import Trace, deep, wide
from tests.browser.stack import Stack, stack

BARS = {10_000: 150.0, 100_000: 600.0}
"""Milliseconds from click to paint, by spans of the trace."""

READ = 500
"""Milliseconds for which the list is looked at before the click."""

QUIET, LONGEST = 0.7, 60
"""With --calm: the share of the processors that is free before a click, looked at so many times."""

SMOOTH = 1.5
"""A frame may take so many times the screen's own interval at the 95th percentile."""

EXAMPLES = """examples:
  python -m bench.ui                 10,000 and 100,000 spans, about a minute
  python -m bench.ui --runs 3        a quicker look
  python -m bench.ui --parts         where the time goes, too
  python -m bench.ui --calm          beside other work: wait for a quiet second before each click
"""

# Runs in every page before its own scripts. Painted: a frame after rows and minimap are there.
WATCH = """
addEventListener("click", (event) => {
  performance.clearMarks("drawn");
  window.clicked = event.timeStamp;
  requestAnimationFrame(wait);
}, true);
const drawn = () => performance.getEntriesByName("drawn").length
  && document.querySelector("#rows .row .bar[d]");
const wait = () => requestAnimationFrame(drawn() ? () => setTimeout(() => {
  window.painted = performance.now() - window.clicked;
}) : wait);
if (location.pathname.startsWith("/trace/")) {
  window.clicked = 0;
  requestAnimationFrame(wait);
}
"""

SCROLL = """async () => {
  const viewport = document.querySelector(".viewport");
  const frames = [];
  let before = await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < 120; frame++) {
    viewport.scrollTop += frame % 40 === 0 ? 20000 : 90;
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - before);
    before = now;
  }
  return frames;
}"""

IDLE = SCROLL.replace("viewport.scrollTop += frame % 40 === 0 ? 20000 : 90;", "")

PARTS = """() => {
  // The last of each: the list has asked for the head of a large trace before.
  const fetched = performance.getEntriesByType("resource").filter((each) =>
    each.name.includes("/trace/")).reverse();
  const page = fetched.find((each) => !each.name.includes("/api/"))
    ?? performance.getEntriesByType("navigation")[0];
  const data = fetched.find((each) => each.name.includes("/api/"));
  const after = (moment) => moment - window.clicked;
  return {
    "page here": after(page.responseEnd),
    "spans asked for": after(data.requestStart),
    "spans begin": after(data.responseStart),
    "spans here": after(data.responseEnd),
    "drawn": after(performance.getEntriesByName("drawn")[0].startTime),
  };
}"""


@dataclass
class Opened:
    """One trace opened: ms from click to paint, ms of each part, and of each frame scrolled."""

    painted: float
    parts: dict[str, float]
    frames: list[float]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table. Exit code 0 when every bar is reached, 1 otherwise, 3 without a browser."""
    options = _parser().parse_args(arguments)
    try:
        with stack() as servers, browser() as chromium:
            context = chromium.new_context(viewport={"width": 1280, "height": 800})
            context.add_init_script(WATCH)
            return 0 if _measure(servers, context, options) else 1
    except RuntimeError as error:
        print(f"bench ui: {error}", file=sys.stderr)
        return 3


def _measure(servers: Stack, context: BrowserContext, options: argparse.Namespace) -> bool:
    user = User(servers, context.new_page(), options.calm)
    runs = range(options.runs)
    interval = median(user.idle())
    print(
        f"{options.runs} traces of each size, each opened once; a frame is {interval:.1f} ms here"
    )
    user.open(wide(999, 100))
    good = True
    for spans, bar in BARS.items():
        traces = [wide(spans + run, spans) for run in runs]
        opened = [user.open(trace) for trace in traces]
        good &= _report(f"{spans:,} spans", opened, bar, interval, options.parts)
        again = [user.click(trace) for trace in traces]
        _report("  opened again", again, None, interval, options.parts)
        by_address = [user.go(wide(spans + 100 + run, spans)) for run in runs]
        _report("  by its address", by_address, None, interval, options.parts)
    chain = [user.open(deep(7 + run, 50_000)) for run in runs]
    _report("50,000 deep", chain, None, interval, options.parts)
    return good


@dataclass
class User:
    """Who opens traces; a patient one waits for quiet moments."""

    servers: Stack
    page: Page
    patient: bool

    def idle(self) -> list[float]:
        """The screen's own rhythm: frames in which nothing happens."""
        self.page.goto(self.servers.ui)
        frames: list[float] = self.page.evaluate(IDLE)
        return frames

    def open(self, trace: Trace) -> Opened:
        """Store a new trace, find it in the list and click on it."""
        self.servers.send([trace])
        return self.click(trace)

    def click(self, trace: Trace) -> Opened:
        """Find a stored trace in the list and click on it."""
        self.page.goto(f"{self.servers.ui}/?q=trace:{trace.hex}")
        self.page.wait_for_selector("#scatter .dot", state="attached")
        self._wait()
        self.page.click(f"#traces a[href*='{trace.hex}']")
        return self._opened()

    def go(self, trace: Trace) -> Opened:
        """Store a new trace and go to its address, without a list that shows it."""
        self.servers.send([trace])
        self._wait()
        self.page.goto(f"{self.servers.ui}/trace/{trace.hex}")
        return self._opened()

    def _opened(self) -> Opened:
        self.page.wait_for_function("() => window.painted", timeout=30_000)
        painted: float = self.page.evaluate("window.painted")
        return Opened(painted, self.page.evaluate(PARTS), self.page.evaluate(SCROLL))

    def _wait(self) -> None:
        before = _processors()
        for _ in range(LONGEST if self.patient else 1):
            self.page.wait_for_timeout(READ)
            now = _processors()
            free, ticks = (after - earlier for after, earlier in zip(now, before, strict=True))
            if free > QUIET * ticks:
                return
            before = now


def _processors() -> tuple[int, int]:
    """Ticks in which the processors had nothing to do, and all of them (Linux)."""
    with open("/proc/stat") as stat:
        ticks = [int(each) for each in stat.readline().split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def _report(
    name: str, opened: list[Opened], bar: float | None, interval: float, parts: bool
) -> bool:
    painted = median(each.painted for each in opened)
    frames = sorted(frame for each in opened for frame in each.frames)
    half, most = frames[len(frames) // 2], frames[int(len(frames) * 0.95)]
    smooth = most <= interval * SMOOTH
    good = bar is None or (painted <= bar and smooth)
    verdict = "" if bar is None else f"bar {bar:.0f} ms  {'PASS' if good else 'FAIL'}"
    print(
        f"{name:>16}  painted {painted:6.0f} ms  scroll p50 {half:.1f} p95 {most:.1f} ms  {verdict}"
    )
    if parts:
        for part in opened[0].parts:
            print(f"{'':>18}{part:<16} {median(each.parts[part] for each in opened):6.0f} ms")
    return good


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.ui",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--runs", type=int, default=5, help="traces of each size (%(default)s)")
    parser.add_argument("--calm", action="store_true", help="click in quiet moments only")
    parser.add_argument("--parts", action="store_true", help="show where the time goes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
