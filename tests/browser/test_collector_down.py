"""The collector goes down and comes back."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.spans import pairing
from tests.browser.stack import Stack
from tests.servers import running


def test_pages_say_so_and_recover_by_themselves(
    browser: Browser, servers: Stack, tmp_path: Path, free_port: int
) -> None:
    url = f"http://127.0.0.1:{free_port}"
    command = ("-m", "collector", "--port", str(free_port), "--data", str(tmp_path))
    with running("-m", "ui", "--port", "0", env={"COLLECTOR_URL": url}) as ui:
        page = browser.new_page()
        page.goto(ui.url)
        expect(page.get_by_role("heading")).to_have_text("The collector is down")
        with running(*command):
            expect(page.get_by_role("heading", name="No traces yet")).to_be_visible(timeout=8000)
            Stack(url, ui.url).send([pairing(1)])
            expect(page.locator("#traces tbody tr")).to_have_count(1)
            expect(page.locator(".live-state")).to_have_text("Live")
        expect(page.locator(".live-state")).to_have_text("Collector down")
        with running(*command):
            expect(page.locator(".live-state")).to_contain_text("Live")
        page.close()
