"""One stack for all tests of this folder; every page must stay without errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

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


@pytest.fixture
def visit(servers: Stack, browser: Browser) -> Iterator[Opener]:
    """Open an address of the UI in a window of its own: `visit("/", color_scheme="dark")`.

    A message on the console or an error in a script fails the test; `expected` names a part of
    a message that may come.
    """
    contexts: list[Any] = []
    trouble: list[str] = []
    allowed: list[str] = []

    def open_page(address: str, expected: str = "", **options: Any) -> Page:
        allowed.extend([expected] if expected else [])
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
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
        context.close()
    allowed.append(NETWORK)
    assert not [each for each in trouble if not any(part in each for part in allowed)]


@pytest.fixture
def show(visit: Opener) -> Callable[..., Page]:
    """Open a trace and wait for its rows: `show(USUAL, "?find=palate")`."""

    def show_trace(trace: Trace, query: str = "", **options: Any) -> Page:
        page = visit(f"/trace/{trace.hex}{query}", **options)
        page.wait_for_selector("#rows:not([aria-busy])", state="attached")
        return page

    return show_trace
