"""A stack of their own for tests that change which traces are kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser import chromium
from tests.browser.spans import pairing
from tests.browser.stack import Stack, stack


@pytest.fixture(scope="session")
def servers() -> Iterator[Stack]:
    """A collector with a few traces, and its UI."""
    if chromium.installed() is None:
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    with stack() as running:
        running.send([pairing(seed) for seed in range(1, 30)])
        yield running
