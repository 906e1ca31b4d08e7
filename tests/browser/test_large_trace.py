"""A trace with more spans than are shown says so, and a busy collector is asked again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from collector.store import large_reads, trace_spans
from tests.collector.conftest import serving
from tests.collector.http.test_large_traces import LARGE, MOST, OTHER, chunks_of_large_traces
from tests.collector.stores import collecting
from tests.servers import running


@pytest.fixture(scope="module")
def ui(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a UI whose collector shows `MOST` spans of a trace."""
    folder: Path = tmp_path_factory.mktemp("large")
    with pytest.MonkeyPatch.context() as patch, collecting(folder) as store:
        patch.setattr(trace_spans, "MAX_TRACE_SPANS", MOST)
        store.add(chunks_of_large_traces())
        with (
            serving(store) as collector,
            running("-m", "ui", "--port", "0", env={"COLLECTOR_URL": collector}) as server,
        ):
            yield server.url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def test_the_notice_says_which_spans_are_shown(ui: str, page: Page) -> None:
    page.goto(f"{ui}/trace/{LARGE}")
    notice = page.locator("#notices .selection")
    expect(notice).to_contain_text("201 spans; the 40 nearest to the root are shown")
    expect(page.locator("#notices .notice")).to_have_count(1)
    expect(page.locator("#rows[data-insight]")).to_be_attached()
    page.get_by_role("tab", name="Statistics").click()
    expect(page.locator("#statistics tbody tr")).not_to_have_count(0)


def test_a_page_comes_back_when_its_turn_comes(
    ui: str, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_reads.large_reads, "large_spans", MOST)
    monkeypatch.setattr(large_reads, "MAX_WAIT_S", 0.01)
    page.route(  # the collector's 5 s are too long for a test
        f"**/api/trace/{OTHER}",
        lambda route: route.fulfill(
            response=(answer := route.fetch()),
            headers={**answer.headers, "retry-after": "0.05"},
        ),
    )
    refused = threading.Event()
    done = threading.Event()

    def read_another() -> None:
        with large_reads.large_reads.turn(MOST):
            started.set()
            done.wait(10)

    started = threading.Event()
    reader = threading.Thread(target=read_another)
    reader.start()
    started.wait(10)

    def answered(request: Request) -> None:
        response = request.response()
        if response and response.status == 503:
            refused.set()
            done.set()

    page.on("requestfinished", answered)
    page.goto(f"{ui}/trace/{OTHER}")
    expect(page.locator("#notices .selection")).to_contain_text("201 spans")
    reader.join(10)
    assert refused.is_set()
