"""Turning the dials of running services for a while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from tutor import http


@contextmanager
def turned(urls: Sequence[str], dials: Mapping[str, float]) -> Iterator[None]:
    """Turn dials in the services at `urls` that have them, and back when the block ends."""
    with ExitStack() as end:
        for url in urls:
            end.callback(turn, url, turn(url, dials))
        yield


def turn(url: str, dials: Mapping[str, float]) -> dict[str, float]:
    """Turn those dials that a service has; return their values before."""
    present = http.get(f"{url}/dials").json()["dials"]
    mine = {name: value for name, value in dials.items() if name in present}
    if mine:
        answer = http.put(f"{url}/dials", mine)
        assert answer.status == 200, answer.text
    return {name: present[name]["value"] for name in mine}
