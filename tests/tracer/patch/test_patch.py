"""Patching, whatever the library."""

from __future__ import annotations

import logging
import sys

import pytest

from tracer import patch, unpatch


def test_a_library_that_is_not_installed_is_reported(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.delitem(sys.modules, "tracer.patch.redis", raising=False)
    with caplog.at_level(logging.WARNING):
        patch(redis=True)
    assert "patch(redis=True) changes nothing" in caplog.text
    unpatch()


def test_nothing_is_patched_unless_asked() -> None:
    from requests import Session

    patch()
    assert not hasattr(Session.send, "__wrapped__")
