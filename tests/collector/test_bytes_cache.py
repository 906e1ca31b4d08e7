"""Values used last are not made again, and do not fill the memory."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from collector import bytes_cache
from collector.bytes_cache import BytesCache


def test_what_was_used_last_is_not_made_again() -> None:
    made: list[str] = []
    cache = BytesCache(max_bytes=30)

    def get(name: str, size: int = 10) -> None:
        body = cache.get((name,), lambda: made.append(name) or bytes(size))  # type: ignore[func-returns-value]
        assert len(body) == size

    for name in ("a", "b", "a", "c", "a"):
        get(name)
    assert made == ["a", "b", "c"]
    get("d")  # "b" was asked for least recently
    get("a")
    get("b")
    assert made == ["a", "b", "c", "d", "b"]
    get("huge", 31)
    get("huge", 31)
    assert made[-2:] == ["huge", "huge"]


def test_what_nobody_asks_for_goes_though_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = BytesCache()
    cache.get(("forgotten",), lambda: b"old")
    cache.get(("used",), lambda: b"old")
    monkeypatch.setattr(bytes_cache, "_MAX_IDLE_S", 0.05)
    time.sleep(0.1)
    cache.get(("used",), lambda: b"new")
    cache.get(("another",), lambda: b"new")
    assert cache.get(("used",), lambda: b"new") == b"old"
    assert cache.get(("forgotten",), lambda: b"new") == b"new"


def test_concurrent_callers_wait_for_the_first() -> None:
    cache = BytesCache()
    begun, go_on = Event(), Event()
    made: list[str] = []

    def make() -> bytes:
        made.append("once")
        begun.set()
        assert go_on.wait(10)
        return b"body"

    with ThreadPoolExecutor() as pool:
        first = pool.submit(cache.get, ("trace",), make)
        assert begun.wait(10)
        second = pool.submit(cache.get, ("trace",), make)
        go_on.set()
        assert (first.result(10), second.result(10)) == (b"body", b"body")
    assert made == ["once"]


def test_what_could_not_be_made_is_tried_again() -> None:
    cache = BytesCache()
    with pytest.raises(ZeroDivisionError):
        cache.get(("trace",), lambda: bytes(1 // 0))
    assert cache.get(("trace",), lambda: b"body") == b"body"
