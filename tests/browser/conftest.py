"""One stack for all tests of this folder; every page must stay without errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import chromium
from tests.browser.spans import (
    Trace,
    deep,
    hostile,
    incomplete,
    many_services,
    menu,
    pairing,
    ping,
    wide,
)
from tests.browser.stack import Stack, stack
from tests.conftest import PATIENCE

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

USUAL = pairing(1)
FAILED = pairing(2, fail=True)
HOSTILE = hostile(3)
LOST = incomplete(4)
WIDE = wide(5, 10_000)
DEEP = deep(6, 50_000)
MANY = many_services(7)

NETWORK = "ERR_NETWORK_CHANGED"
"""Said when a network of this machine came or went (a Docker engine started): not our doing."""

Opener = Callable[..., Page]


@pytest.fixture(scope="session")
def servers() -> Iterator[Stack]:
    """A collector with traces of all kinds, and its UI."""
    if chromium.installed() is None:
        pytest.skip("no Chromium here; on Debian: apt-get install chromium")
    with stack() as running:
        others = [ping(at) for at in range(20, 26)] + [menu(at) for at in range(30, 34)]
        running.send([USUAL, FAILED, HOSTILE, LOST, MANY, *others, WIDE, DEEP])
        yield running


@pytest.fixture(scope="session")
def context_for(browser: Browser) -> Callable[..., BrowserContext]:
    """The browser context with these options. Tests share it: a new one, and pages that find its
    caches empty, take twice the processor time of a page."""
    contexts: dict[str, BrowserContext] = {}

    def find(**options: Any) -> BrowserContext:
        key = repr(sorted(options.items()))
        if key not in contexts:
            contexts[key] = browser.new_context(**options)
            contexts[key].set_default_timeout(PATIENCE)
        return contexts[key]

    return find


@pytest.fixture
def visit(servers: Stack, context_for: Callable[..., BrowserContext]) -> Iterator[Opener]:
    """Open an address of the UI in a new page: `visit("/", color_scheme="dark")`.

    A message on the console or an error in a script fails the test; `expected` names a part of
    a message that may come.
    """
    contexts: set[BrowserContext] = set()
    trouble: list[str] = []
    allowed: list[str] = []

    def open_page(address: str, expected: str = "", **options: Any) -> Page:
        allowed.extend([expected] if expected else [])
        context = context_for(**{"viewport": DESKTOP, **options})
        contexts.add(context)
        page = context.new_page()
        page.on("console", lambda message: trouble.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.goto(servers.ui + address)
        if any(NETWORK in each for each in trouble):
            trouble.clear()
            page.reload()
        return page

    yield open_page
    for context in contexts:
        clear(context, servers.ui)
    allowed.append(NETWORK)
    assert not [each for each in trouble if not any(part in each for part in allowed)]


def clear(context: BrowserContext, origin: str) -> None:
    """Close the pages of `context`, and leave nothing of them to the next test but the caches."""
    context.unroute_all(behavior="ignoreErrors")
    context.clear_permissions()
    context.clear_cookies()
    session = context.new_cdp_session(context.pages[0])
    session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage"})
    for page in context.pages:
        page.close()


@pytest.fixture
def show(visit: Opener) -> Callable[..., Page]:
    """Open a trace and wait for its rows: `show(USUAL, "?find=palate")`."""

    def show_trace(trace: Trace, query: str = "", **options: Any) -> Page:
        page = visit(f"/trace/{trace.hex}{query}", **options)
        page.wait_for_selector("#rows:not([aria-busy])", state="attached")
        return page

    return show_trace
