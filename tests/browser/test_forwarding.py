"""The status line says what became of the spans for other backends, as it happens."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.spans import pairing
from tests.browser.stack import Stack
from tests.servers import running


def test_it_tells_one_that_is_well_from_one_that_is_dead(
    browser: Browser, tmp_path: Path, closed_port: int
) -> None:
    with running("-m", "collector", "--port", "0", "--data", str(tmp_path / "second")) as second:
        targets = f"otlp={second.url},zipkin=http://127.0.0.1:{closed_port}"
        options = ("--port", "0", "--data", str(tmp_path / "first"), "--forward", targets)
        with (
            running("-m", "collector", *options) as first,
            running("-m", "ui", "--port", "0", env={"COLLECTOR_URL": first.url}) as ui,
        ):
            sent = pairing(1)
            Stack(first.url, ui.url).send([sent])
            page = browser.new_page()
            page.goto(ui.url)
            well, dead = page.locator(".forwarded span").all()
            expect(well).to_have_text(f"otlp: {len(sent.spans)} forwarded")
            expect(well).not_to_have_class("bad")
            expect(dead).to_have_text(
                f"zipkin: 0 forwarded, {len(sent.spans)} waiting (no answer: Connection refused)"
            )
            expect(dead).to_have_class("bad")
            before_scripts = browser.new_page(java_script_enabled=False)
            before_scripts.goto(ui.url)
            expect(before_scripts.locator(".forwarded .bad")).to_contain_text("zipkin: 0 forwarded")
            before_scripts.close()
            page.close()
