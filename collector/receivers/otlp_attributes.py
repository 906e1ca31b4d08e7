"""Attributes of OTLP in its binary form: `KeyValue` and `AnyValue` as protobuf."""

from __future__ import annotations

import base64

from collector import limits
from collector.model import TagValue
from collector.receivers.otlp import MAX_DEPTH, TOO_DEEP
from collector.receivers.protobuf import (
    FIXED64,
    VARINT,
    Message,
    double,
    fields,
    signed,
    tag,
    text,
)
from collector.receivers.tag_values import MAX_NESTED_BYTES, TOO_LARGE, tag_value

_SMALL_BYTES = 256
"""Size up to which attributes are remembered: most spans have the same ones."""
_REMEMBERED = 8_192
known_attributes: dict[bytes, tuple[str, TagValue]] = {}
"""Attributes read of late, by their bytes. Forgotten all at once when there are too many: those in
use are back with the next spans."""


def attributes_of(message: Message, wanted: int) -> dict[str, TagValue]:
    """Return the attributes that a message has in the fields with this tag."""
    attributes: dict[str, TagValue] = {}
    for key, value in fields(message):
        if key == wanted:
            add_attribute(attributes, bytes(value))
    return attributes


def add_attribute(attributes: dict[str, TagValue], message: bytes) -> None:
    """Read an attribute and add it to the others, unless there are too many."""
    if len(attributes) < limits.TAGS:
        found = known_attributes.get(message)
        if not found:
            found = _read_attribute(message)
            _remember(message, found)
        attributes[found[0]] = found[1]


def _remember(message: bytes, attribute: tuple[str, TagValue]) -> None:
    if len(message) <= _SMALL_BYTES:
        if len(known_attributes) >= _REMEMBERED:
            known_attributes.clear()
        known_attributes[message] = attribute


def _read_attribute(message: bytes) -> tuple[str, TagValue]:
    """Read a `KeyValue`."""
    name, value = _read_key_value(message, MAX_DEPTH)
    return limits.cut(name, limits.KEY_CHARS), tag_value(value)


def _read_key_value(message: bytes, depth: int) -> tuple[str, object]:
    name, value = "", b""
    for key, field in fields(message):
        if key == tag(1):
            name = text(field)
        elif key == tag(2):
            value = field
    return name, _read_any(value, depth)


def _read_any(message: bytes, depth: int) -> object:
    """Read an `AnyValue`; the last of its fields counts, and None stands for none at all."""
    found: object = None
    for key, value in fields(message):
        if key == tag(1):
            found = text(value)
        elif key == tag(2, VARINT):
            found = bool(value)
        elif key == tag(3, VARINT):
            found = signed(value)
        elif key == tag(4, FIXED64):
            found = double(value)
        elif key in (tag(5), tag(6)):
            found = _read_nested(value, depth - 1, is_map=key == tag(6))
        elif key == tag(7):
            found = base64.b64encode(value).decode()
    return found


def _read_nested(message: bytes, depth: int, *, is_map: bool) -> object:
    """Read OpenTelemetry's `ArrayValue` or `KeyValueList`."""
    if len(message) > MAX_NESTED_BYTES:
        return TOO_LARGE
    if not depth:
        return TOO_DEEP
    items = [value for key, value in fields(message) if key == tag(1)]
    if is_map:
        return dict(_read_key_value(item, depth) for item in items)
    return [_read_any(item, depth) for item in items]
