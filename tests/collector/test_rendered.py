"""Answers given last are not made again, and do not fill the memory."""

from __future__ import annotations

from collector.rendered import Rendered


def test_what_was_given_last_is_not_made_again() -> None:
    made: list[str] = []
    rendered = Rendered(most_bytes=30)

    def get(name: str, size: int = 10) -> None:
        body = rendered.get((name,), lambda: made.append(name) or bytes(size))  # type: ignore[func-returns-value]
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
