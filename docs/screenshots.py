"""Make the README's pictures from the running stack: `./workshop up`, then this.

Sends requests to the app for a while, as visitors would, and photographs two screens in headless
Chromium.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.chromium import browser

IMAGES = Path(__file__).parent / "images"
PATHS = ("/beers", "/beers/ipa", "/donuts", "/menu", "/beers/ipa/reviews", "/beers/none", "/ping")
PAIRINGS = ("ipa", "stout", "porter", "saison", "pilsner")

EXAMPLES = """examples:
  python -m docs.screenshots                      takes about half a minute
  python -m docs.screenshots --seconds 5          fewer traces on the live screen
"""


def main(arguments: list[str] | None = None) -> int:
    """Write `docs/images/*.png`; return 3 if the app or a browser is missing."""
    options = _parser().parse_args(arguments)
    try:
        trace = _request_pages(options.web, options.seconds)
        with browser() as chromium:
            _photograph_trace(_page(chromium, options.ui), trace)
            _photograph_live(_page(chromium, options.ui))
    except (urllib.error.URLError, RuntimeError) as error:
        print(f"screenshots: {error}; start the stack with ./workshop up", file=sys.stderr)
        return 3
    return 0


def _request_pages(web: str, seconds: float) -> str:
    """Request pages of the app; return the id of the trace of the last pairing."""
    rng = random.Random(1)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pairing = f"/pair/beer?name={rng.choice(PAIRINGS)}"
        _get(web + rng.choices([pairing, rng.choice(PATHS)], [1, 3])[0])
        time.sleep(rng.expovariate(6))
    return _get(f"{web}/pair/beer?name=ipa")


def _get(address: str) -> str:
    """Send one request; return the id of its trace."""
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310
            headers = answer.headers
    except urllib.error.HTTPError as error:
        headers = error.headers
    return str(headers["traceresponse"]).split("-")[1]


def _page(chromium: Browser, ui: str) -> Page:
    return chromium.new_page(
        base_url=ui,
        viewport={"width": 1280, "height": 760},
        device_scale_factor=1.5,
        color_scheme="light",
    )


def _photograph_trace(page: Page, trace: str) -> None:
    """Show one request, with repeats folded into combs and its calls as a staircase."""
    time.sleep(2)
    page.goto(f"/trace/{trace}?level=2&fold=all")
    page.wait_for_selector("#rows[data-insight]")
    page.locator(".row", has_text="requests.request").locator(".run").click()
    page.mouse.move(5, 5)
    _save(page, "trace")


def _photograph_live(page: Page) -> None:
    page.goto("/?last=5m")
    page.wait_for_selector(".live-state[data-state=live]")
    page.wait_for_selector(".plot .dot", state="attached")
    _save(page, "live")


def _save(page: Page, name: str) -> None:
    time.sleep(0.5)
    path = IMAGES / f"{name}.png"
    path.parent.mkdir(exist_ok=True)
    page.screenshot(path=path)
    print(f"{path.relative_to(Path.cwd())}  {path.stat().st_size // 1024} kB")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m docs.screenshots",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    env = os.environ
    parser.add_argument("--web", default=env.get("WEB_URL", "http://127.0.0.1:5000"))
    parser.add_argument("--ui", default=env.get("UI_URL", "http://127.0.0.1:8080"))
    parser.add_argument(
        "--seconds", type=float, default=25, help="how long to send requests first (default: 25)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
