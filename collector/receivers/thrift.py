"""Thrift, the encoding of Zipkin's first version and of Jaeger's clients: what its two protocols
have in common.

Values are read without their definitions: a struct is its fields by their numbers, a text is bytes.
Nothing but the bytes says how long a struct is, so one that is broken spoils all that follows it.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from collector import limits
from collector.receivers.body import BodyError

MAX_VALUES = 8 * limits.ITEMS
"""Numbers, texts, lists and structs of one body: an empty struct is one byte, and in memory 64."""
MAX_DEPTH = 16
"""Structs and lists in one another; Zipkin's and Jaeger's have five."""

Fields = dict[int, Any]
"""A struct: its fields by their numbers. Texts are bytes."""


class ThriftError(Exception):
    """Bytes that are not Thrift; the message says why."""


class ThriftReader(ABC):
    """Reads values one after another. What it raises for bytes that are none is a `ThriftError`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0
        self._values_left = MAX_VALUES

    @property
    def at_end(self) -> bool:
        """Whether all bytes are read."""
        return self._position >= len(self._data)

    @abstractmethod
    def read_message(self) -> tuple[str, int, Fields]:
        """Read the call of a function: its name, the call's number, and the arguments."""

    @abstractmethod
    def read_struct(self, depth: int = MAX_DEPTH) -> Fields:
        """Read a struct with at most this many levels."""

    @abstractmethod
    def read_list(self, depth: int = MAX_DEPTH) -> list[Any]:
        """Read a list with at most this many levels."""

    def _take(self, size: int) -> bytes:
        """Return the next bytes."""
        end = self._position + size
        if size < 0 or end > len(self._data):
            raise ThriftError("it ends too early")
        taken = self._data[self._position : end]
        self._position = end
        return taken

    def _enter(self, depth: int) -> int:
        """Return how many levels there may be within this value."""
        if not depth:
            raise ThriftError("it is nested too deeply")
        return depth - 1

    def _count(self, values: int) -> None:
        """Raise `BodyError` if the values about to be read are more than anybody sends."""
        if values < 0 or values > len(self._data) - self._position:
            raise ThriftError("it ends too early")
        self._values_left -= values
        if self._values_left < 0:
            message = f"the body has more than {MAX_VALUES:,} values; send fewer spans at a time"
            raise BodyError(413, "too_large", message)


def reading(read: Callable[[], Any]) -> Any:
    """Return what `read` returns. Raises `BodyError` if it meets bytes that are not Thrift."""
    try:
        return read()
    except (ThriftError, IndexError, struct.error) as error:
        reason = str(error) if isinstance(error, ThriftError) else "it ends too early"
        raise BodyError(400, "malformed", f"the body is not valid Thrift: {reason}") from None


def text(value: object) -> str:
    """Return a text; what is not UTF-8 in it becomes U+FFFD. Of another type, it is ""."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def number(value: object) -> int:
    """Return a number; 0 if it is of another type, or not there."""
    return value if isinstance(value, int) else 0


def structs(value: object) -> list[Fields]:
    """Return a list's structs; none if it is not a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
