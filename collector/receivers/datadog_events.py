"""The events and links of a Datadog span, in the four forms in which clients send them.

In v0.4, links are maps and so, from newer clients, are events, with typed attributes. In all other
cases both are JSON in the tags `events` and `_dd.span_links`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from collector import limits
from collector.decode_errors import DECODE_ERRORS
from collector.model import Event, Link, Span
from collector.receivers.tag_values import attributes, tag_value

_UINT64 = 2**64
Item = TypeVar("Item", Event, Link)


def take_events_and_links(span: Span, events: object = None, links: object = None) -> None:
    """Give the span its events and links, from v0.4's fields of these names or from its tags.

    A tag that cannot be read as events or links stays a tag.
    """
    span.events = tuple(_items(events, _event) or _from_tag(span, "events", _event))
    span.links = tuple(_items(links, _link) or _from_tag(span, "_dd.span_links", _link))


def _from_tag(span: Span, key: str, read: Callable[[dict[str, object]], Item | None]) -> list[Item]:
    text = span.tags.get(key)
    if not isinstance(text, str):
        return []
    try:
        items = _items(msgspec.json.decode(text), read)
    except DECODE_ERRORS:
        return []
    if items:
        del span.tags[key]
    return items


def _items(raw: object, read: Callable[[dict[str, object]], Item | None]) -> list[Item]:
    if not isinstance(raw, list):
        return []
    items = (read(item) for item in raw[: limits.TAGS] if isinstance(item, dict))
    return [item for item in items if item is not None]


def _event(raw: dict[str, object]) -> Event | None:
    time, name = raw.get("time_unix_nano"), raw.get("name")
    if not isinstance(time, int) or not 0 <= time < limits.NANOSECONDS or not isinstance(name, str):
        return None
    typed = raw.get("attributes")
    if isinstance(typed, dict):
        typed = {key: _untyped(value) for key, value in typed.items()}
    return Event(time, limits.cut(name, limits.NAME_CHARS), attributes(typed))


def _untyped(value: object) -> object:
    """Return 7 for `{"type": 2, "int_value": 7}`, and anything else as it is."""
    if not isinstance(value, dict) or "type" not in value:
        return value
    for key in ("string_value", "bool_value", "int_value", "double_value"):
        if key in value:
            return value[key]
    array = value.get("array_value")
    if isinstance(array, dict) and isinstance(array.get("values"), list):
        return [tag_value(_untyped(item)) for item in array["values"]]
    return value


def _link(raw: dict[str, object]) -> Link | None:
    trace_id, span_id = raw.get("trace_id"), raw.get("span_id")
    try:
        if isinstance(trace_id, str) and isinstance(span_id, str):
            trace_number, span_number = int(trace_id, 16), int(span_id, 16)
        elif isinstance(trace_id, int) and isinstance(span_id, int):
            high = raw.get("trace_id_high")
            trace_number = (high << 64 if isinstance(high, int) else 0) | trace_id
            span_number = span_id
        else:
            return None
    except ValueError:
        return None
    if not 0 < trace_number < _UINT64**2 or not 0 < span_number < _UINT64:
        return None
    return Link(f"{trace_number:032x}", span_number, attributes(raw.get("attributes")))
