"""Tests that need `curl`."""

from __future__ import annotations

import pytest

from tutor import curl

needs_curl = pytest.mark.skipif(
    not curl.is_installed(), reason="curl is not installed; on Debian: apt-get install curl"
)
