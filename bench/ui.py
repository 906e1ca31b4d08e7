"""From the click on a trace in the list to the painted waterfall, and how smoothly it scrolls.

A real collector, the real UI and a headless Chromium. Every trace is opened for the first time, so
that no cache helps that a user's first click would not have. The list has been on the screen for a
moment, as for anybody who reads it before clicking; in that time its page has the collector prepare
its large traces. Somebody who opens one by its address waits for what is not prepared yet: those
lines count from when the browser goes there, at once after the trace came and some seconds later.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import BrowserContext, Page

from tests.browser.chromium import browser
from tests.browser.large_traces import deep, wide
from tests.browser.spans import Trace
from tests.browser.stack import Stack, stack

BARS = {10_000: 150.0, 100_000: 600.0}
"""Milliseconds from click to paint, by spans of the trace."""

READING_MS = 500
"""Milliseconds for which the list is on the screen before the click."""

SETTLED_MS = 4_000
"""Milliseconds after which the collector has arranged a large trace, even on a busy machine."""

MIN_FREE_SHARE = 0.7
"""With --calm: the share of the processors that must be free before a click."""
MAX_CALM_LOOKS = 60
"""With --calm: looks at the processors before giving up."""

MAX_FRAME_RATIO = 1.5
"""The 95th percentile of frame times divided by the screen's own interval."""

EXAMPLES = """examples:
  python -m bench.ui                 10,000 and 100,000 spans, some five minutes
  python -m bench.ui --runs 3        a quicker look
  python -m bench.ui --parts         where the time goes, too
  python -m bench.ui --calm          beside other work: wait for a quiet second before each click
"""

# Runs in every page before its own scripts. Painted: a frame after rows and minimap are drawn.
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
    """An opened trace: ms from click to paint, ms of each part, and ms of each frame scrolled."""

    painted: float
    parts: dict[str, float]
    frames: list[float]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 0 if every bar holds, 1 if not, and 3 without a browser."""
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
        at_once = [user.go(wide(spans + 100 + run, spans), 0) for run in runs]
        good &= _report("address, at once", at_once, bar, interval, options.parts)
        later = [user.go(wide(spans + 200 + run, spans), SETTLED_MS) for run in runs]
        good &= _report("  address, later", later, bar, interval, options.parts)
    chain = [user.open(deep(7 + run, 50_000)) for run in runs]
    _report("50,000 deep", chain, None, interval, options.parts)
    return good


@dataclass
class User:
    """Somebody who opens traces; a patient user waits for quiet moments."""

    servers: Stack
    page: Page
    patient: bool

    def idle(self) -> list[float]:
        """Return the screen's own interval, as the ms of frames in which nothing happens."""
        self.page.goto(self.servers.ui)
        frames: list[float] = self.page.evaluate(IDLE)
        self.page.goto("about:blank")  # without traces, the page loads itself again once one comes
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

    def go(self, trace: Trace, after_ms: float) -> Opened:
        """Store a new trace and go to its address that long after, without a list that shows
        it."""
        self.servers.send([trace])
        self.page.wait_for_timeout(after_ms)
        self._wait()
        self.page.goto(f"{self.servers.ui}/trace/{trace.hex}")
        return self._opened()

    def _opened(self) -> Opened:
        self.page.wait_for_function("() => window.painted", timeout=30_000)
        painted: float = self.page.evaluate("window.painted")
        return Opened(painted, self.page.evaluate(PARTS), self.page.evaluate(SCROLL))

    def _wait(self) -> None:
        before = _processors()
        for _ in range(MAX_CALM_LOOKS if self.patient else 1):
            self.page.wait_for_timeout(READING_MS)
            now = _processors()
            free, ticks = (after - earlier for after, earlier in zip(now, before, strict=True))
            if free > MIN_FREE_SHARE * ticks:
                return
            before = now


def _processors() -> tuple[int, int]:
    """Return the processors' idle ticks and all their ticks (Linux)."""
    with open("/proc/stat") as stat:
        ticks = [int(field) for field in stat.readline().split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def _report(
    name: str, opened: list[Opened], bar: float | None, interval: float, parts: bool
) -> bool:
    painted = median(trace.painted for trace in opened)
    frames = sorted(frame for trace in opened for frame in trace.frames)
    half, most = frames[len(frames) // 2], frames[int(len(frames) * 0.95)]
    smooth = most <= interval * MAX_FRAME_RATIO
    good = bar is None or (painted <= bar and smooth)
    verdict = "" if bar is None else f"bar {bar:.0f} ms  {'PASS' if good else 'FAIL'}"
    print(
        f"{name:>16}  painted {painted:6.0f} ms  scroll p50 {half:.1f} p95 {most:.1f} ms  {verdict}"
    )
    if parts:
        for part in opened[0].parts:
            print(f"{'':>18}{part:<16} {median(trace.parts[part] for trace in opened):6.0f} ms")
    return good


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.ui",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--runs", type=int, default=5, help="traces of each size (default: %(default)s)"
    )
    parser.add_argument("--calm", action="store_true", help="click in quiet moments only")
    parser.add_argument("--parts", action="store_true", help="show where the time goes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
