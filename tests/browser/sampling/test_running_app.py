"""What the page says is what the running app does: rules reach it without a restart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser import chromium
from tests.browser.conftest import Opener
from tests.browser.stack import Stack
from tests.servers import Server, running
from tests.waiting import wait_until
from tracer.sampling import remote

PROMISED_S = 5.0
"""Within which time a change takes effect."""


@dataclass
class WholeStack(Stack):
    """The whole stack, whose app follows the collector's rules."""

    web: str = ""
    process: Server | None = None
    """The collector."""

    def is_kept(self, path: str) -> bool:
        """Ask the app for a path; return whether it says that the trace is kept."""
        answer = requests.get(self.web + path, timeout=30)
        assert answer.status_code == 200
        return answer.headers["traceresponse"].endswith("-01")

    def stored(self, service: str) -> int:
        """Return how many traces with that service the collector has."""
        asked = {"q": f"service:{service}", "limit": "100"}
        return len(requests.get(f"{self.ui}/api/traces", asked, timeout=30).json()["traces"])


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[WholeStack]:
    """Run collector, page, taster and web, with TRACE_SAMPLING=remote as `./workshop up` passes
    it on."""
    if chromium.installed() is None:
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    data: Path = tmp_path_factory.mktemp("whole")
    with ExitStack() as started:

        def start(*command: str, **env: str) -> Server:
            return started.enter_context(running(*command, "--port", "0", env=env))

        collector = start("-m", "collector", DATA_DIR=str(data / "collector"))
        ui = start("-m", "ui", COLLECTOR_URL=collector.url)
        app = {"COLLECTOR_URL": collector.url, "REDIS_URL": redis_url, "DATA_DIR": str(data)}
        app |= {"TRACE_SAMPLING": "remote", "TASTE_MS": "0", "TASTER_URL": ""}
        app["TASTER_URL"] = start("services/taster.py", **app).url
        web = start("services/web.py", **app)
        yield WholeStack(collector.url, ui.url, web=web.url, process=collector)


def set_rate(page: Page, percent: str) -> None:
    """Change the only rule on the page, or add it."""
    page.locator("[data-key='rule:0'], [data-key='rule:new']").first.click()
    page.get_by_label("Service", exact=True).fill("web")
    page.get_by_label("Share to keep", exact=True).fill(percent)
    page.keyboard.press("Enter")
    expect(page.locator(".sampling-form")).to_have_count(0)


def test_a_change_on_the_page_reaches_the_app_and_outlives_the_collector(
    visit: Opener, servers: WholeStack
) -> None:
    assert remote.INTERVAL_S + remote.TIMEOUT_S <= PROMISED_S
    assert servers.is_kept("/pair/beer?name=ipa")
    wait_until(lambda: servers.stored("taster") == 1)
    page = visit("/sampling", expected="Failed to load resource")
    expect(page.locator(".follower", has_text="web")).to_contain_text("asked")
    set_rate(page, "0")
    wait_until(lambda: not servers.is_kept("/beers"))
    expect(page.locator("#rule-matched-0")).to_have_text(re.compile(r"^\s*[1-9]"))
    assert not servers.is_kept("/pair/beer?name=ipa"), "web decides for the taster, too"
    set_rate(page, "100")
    wait_until(lambda: servers.is_kept("/beers"))
    assert servers.is_kept("/pair/beer?name=ipa")
    wait_until(lambda: servers.stored("taster") > 1)
    assert servers.stored("taster") == 2, "what was not kept was not sent"
    set_rate(page, "0")
    wait_until(lambda: not servers.is_kept("/beers"))
    assert servers.process is not None
    servers.process.process.terminate()
    servers.process.process.wait(20)
    assert not any(servers.is_kept("/beers") for _ in range(5)), "the last rules hold"
    set_rate_in_vain(page)


def set_rate_in_vain(page: Page) -> None:
    """Try to change the rule while the collector is away; what was typed must stay."""
    page.locator(".sampling-form").wait_for(state="detached")
    page.get_by_label("Wait for a trace's spans").fill("7")
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator("#tail .unsent")).to_contain_text("nothing was changed")
    expect(page.get_by_label("Wait for a trace's spans")).to_have_value("7")
