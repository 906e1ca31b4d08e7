"""A stack of their own for the screens about two deploys: what is stored must not change."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.browser import chromium
from tests.browser.deploys import deploys
from tests.browser.spans import hostile, pairing
from tests.browser.stack import Stack, stack

USUAL = pairing(1)
STRANGE = hostile(3)


@pytest.fixture(scope="session")
def servers() -> Iterator[Stack]:
    """A collector with two deploys of one route, and its UI."""
    if chromium.installed() is None:
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    with stack() as running:
        running.send([*deploys(time.time_ns()), USUAL, pairing(2, away=True), STRANGE])
        yield running
