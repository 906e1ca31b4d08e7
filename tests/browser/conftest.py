"""One stack for all tests of this folder; no page may have errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from playwright.sync_api import Error as PlaywrightError

from tests.browser import chromium
from tests.browser.large_traces import deep, many_services, wide
from tests.browser.spans import Trace, hostile, incomplete, menu, pairing, ping
from tests.browser.stack import Stack, stack
from tests.conftest import PAGE_TIMEOUT_MS

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

USUAL = pairing(1)
FAILED = pairing(2, fail=True)
HOSTILE = hostile(3)
LOST = incomplete(4)
WIDE = wide(5, 10_000)
DEEP = deep(6, 50_000)
MANY = many_services(7)

NETWORK_ERROR = "ERR_NETWORK_CHANGED"
"""Reported when a network of this machine comes or goes (a Docker engine starts): not our doing."""

Opener = Callable[..., Page]


def parameters(page: Page) -> dict[str, str]:
    """Return the parameters of the page's address, by name."""
    return dict(parse_qsl(urlsplit(page.url).query))


def rows(page: Page) -> int:
    """Return how many rows of spans the timeline has, those out of view included."""
    return int(page.locator("#rows").get_attribute("aria-rowcount") or 0) - 1


def expect_rows(page: Page, number: int) -> None:
    """Wait until the timeline has this many rows of spans."""
    expect(page.locator("#rows")).to_have_attribute("aria-rowcount", str(number + 1))


@pytest.fixture(scope="session")
def servers() -> Iterator[Stack]:
    """A collector with traces of all kinds, and its UI."""
    if chromium.installed() is None:
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    with stack() as running:
        others = [ping(at) for at in range(20, 26)] + [menu(at) for at in range(30, 34)]
        running.send([USUAL, FAILED, HOSTILE, LOST, MANY, *others, WIDE, DEEP])
        yield running


class Windows:
    """Browser windows to be used again, each in a context of its own: a new one, whose caches are
    empty, costs a second of processor time. (And closing a page while it loads hangs now and then
    in Chromium 156.)"""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[Page]] = {}

    def take(self, options: dict[str, Any]) -> Page:
        """Return an empty window."""
        free = self._free.setdefault(repr(sorted(options.items())), [])
        if free:
            return free.pop()
        context = self._browser.new_context(**options)
        context.set_default_timeout(PAGE_TIMEOUT_MS)
        return context.new_page()

    def give_back(self, page: Page, options: dict[str, Any], origin: str) -> None:
        """Empty a window of everything but its caches, or close it if that fails."""
        context = page.context
        try:
            page.unroute_all(behavior="ignoreErrors")
            context.unroute_all(behavior="ignoreErrors")
            page.goto("about:blank")
            page.emulate_media(media="null")
            page.mouse.move(0, 0)
            if page.viewport_size != options["viewport"]:  # a test has changed it
                page.set_viewport_size(options["viewport"])
            context.clear_permissions()
            context.clear_cookies()
            session = context.new_cdp_session(page)
            wiped = {"origin": origin, "storageTypes": "local_storage"}
            session.send("Storage.clearDataForOrigin", wiped)
            session.detach()
        except PlaywrightError:
            context.close()
            return
        if context.pages == [page]:
            self._free[repr(sorted(options.items()))].append(page)
        else:
            context.close()


@pytest.fixture(scope="session")
def windows(browser: Browser) -> Windows:
    """The windows that tests open pages in."""
    return Windows(browser)


@pytest.fixture
def visit(servers: Stack, windows: Windows) -> Iterator[Opener]:
    """Open an address of the UI in a window of its own: `visit("/", color_scheme="dark")`.

    A message on the console or an error in a script fails the test; `expected` is part of a
    message that is allowed.
    """
    opened: list[tuple[Page, dict[str, Any]]] = []
    errors: list[str] = []
    allowed: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        errors.append(f"{message.type}: {message.text} ({message.location['url']})")

    def on_error(error: PlaywrightError) -> None:
        errors.append(str(error))

    def open_page(address: str, expected: str = "", **options: Any) -> Page:
        allowed.extend([expected] if expected else [])
        options = {"viewport": DESKTOP, **options}
        page = windows.take(options)
        opened.append((page, options))
        page.on("console", on_console)
        page.on("pageerror", on_error)
        page.goto(servers.ui + address)
        if any(NETWORK_ERROR in message for message in errors):
            errors.clear()
            page.reload()
        return page

    yield open_page
    for page, options in opened:
        windows.give_back(page, options, servers.ui)
        page.remove_listener("console", on_console)
        page.remove_listener("pageerror", on_error)
    allowed.append(NETWORK_ERROR)
    assert not [text for text in errors if not any(part in text for part in allowed)]


@pytest.fixture
def show(visit: Opener) -> Callable[..., Page]:
    """Open a trace and wait for its rows: `show(USUAL, "?find=palate")`."""

    def show_trace(trace: Trace, query: str = "", **options: Any) -> Page:
        page = visit(f"/trace/{trace.hex}{query}", **options)
        page.wait_for_selector("#rows:not([aria-busy])", state="attached")
        return page

    return show_trace
