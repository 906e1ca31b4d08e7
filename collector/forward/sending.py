"""What may become of a batch that is sent."""

from __future__ import annotations


class NotNowError(Exception):
    """The target did not take a batch, and may take it later.

    `after_s` is when it wants to be asked again, None if it does not say.
    """

    def __init__(self, message: str, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s


class NeverError(Exception):
    """The target will never take this batch."""
