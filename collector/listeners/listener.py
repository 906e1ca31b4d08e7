"""What listens on a port of its own, beside the HTTP server."""

from __future__ import annotations

from typing import Protocol


class Listener(Protocol):
    """A receiver's port that no HTTP request comes in by."""

    name: str
    """The receiver's."""
    port: int
    dropped: int
    """What arrived and there was no room for."""

    def start(self) -> None:
        """Begin to receive."""

    def stop(self) -> None:
        """Receive no more, and store what has been received."""

    def problem(self) -> str:
        """Return what keeps it from receiving, in a sentence; "" if nothing does."""
