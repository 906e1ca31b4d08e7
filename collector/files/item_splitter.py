"""The items of a JSON document that arrives in pieces: spans, traces, resources with their spans.

A file may be larger than memory, so it is cut between two items wherever that is possible. Where
that is can't be known without reading all that comes before, and a reader in Python is twenty times
slower than `msgspec`. So we guess where an item begins, by what the first one begins with, and let
`msgspec` check that everything before that is whole items. It can't be fooled: what comes before a
wrong guess is no list of JSON values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec
from msgspec import Raw

from collector.decode_errors import DECODE_ERRORS, reason_of
from collector.files.bounded_list import items_of
from collector.receivers.body import BodyError

LISTS = ("resourceSpans", "resource_spans", "data", "traceEvents", "traces")
"""Names of the lists that documents are made of."""
PIECE_BYTES = 512 * 1024
"""How much is cut at a time, if items are not larger."""
MAX_ITEM_BYTES = 256 * 1024 * 1024
"""Size of one item, such as a trace in Jaeger's format: 200,000 spans take about 200 MB."""
GROWTH = 4
"""How many times as much is looked at next if there is no place to cut."""
MAX_GUESSES = 3
"""Places at which a cut is tried before more is looked at."""
MAX_LISTS = 100
"""Lists of a known name, at any depth, that are tried; what is before each is read once more."""

_KEY = rb'"(?:[^"\\]|\\.)*"\s*:\s*'
_SCALAR = rb'(?:"(?:[^"\\]|\\.)*"|[^\s"\[\]{},]+)'
_OPENING = re.compile(
    rb"\s*((?:\[\s*){0,3}\{\s*" + _KEY + rb")(?:" + _SCALAR + rb"(\s*,\s*" + _KEY + rb"))?"
)
_document = msgspec.json.Decoder(Raw)
_fields = msgspec.json.Decoder(dict[str, Raw])


class Items(NamedTuple):
    """Whole items that come one after another."""

    name: str
    """The name of the list that they are in; "" if it has none, or if they are in no list."""
    raw: list[Raw]


class ItemSplitter:
    """Cuts what it is fed into items."""

    def __init__(self, lists: Sequence[str] = LISTS) -> None:
        """Make a splitter for documents whose items are in lists of these names."""
        self._lists = lists
        self._list = re.compile(rb'"(' + "|".join(lists).encode() + rb')"\s*:\s*\[')
        self._head = b""
        """How the document began, up to and including the `[` before its items. With this before
        it, whatever is left is a document of its own."""
        self._name = ""
        self._rest = bytearray()
        self._window = PIECE_BYTES
        """How much is looked at for a place to cut."""
        self._openings: list[re.Pattern[bytes]] = []
        """How items begin, with two keys, and with the first of them only: the second may be
        missing in some."""
        self._ways: list[Callable[[], list[Items] | None]] = [self._cut_list, self._cut_lines]

    def feed(self, data: bytes) -> Iterator[Items]:
        """Take in the next piece; yield the items that are complete.

        Raises `BodyError` if one is too large.
        """
        self._rest += data
        while len(self._rest) >= self._window:
            if not self._head:
                self._find_list()
            yield from self._cut()

    def finish(self) -> Iterator[Items]:
        """Yield the items that are left. Raises `BodyError` if they are no JSON."""
        while len(self._rest) > PIECE_BYTES and (items := self._try_ways()) is not None:
            yield from items
        left = self._head + bytes(self._rest)
        self._rest.clear()
        try:
            yield from self._items(_documents(left))
        except DECODE_ERRORS as problem:
            # Programs that write Chrome's events one by one never close the list.
            try:
                yield Items("", items_of(left.rstrip().removesuffix(b",") + b"]"))
            except DECODE_ERRORS:
                message = f"the file cannot be read as JSON: {reason_of(problem)}"
                raise BodyError(400, "malformed", message) from None

    def _cut(self) -> list[Items]:
        """Return items from the beginning of what is left; if none can be cut off, look at more the
        next time."""
        items = self._try_ways()
        if items is not None:
            self._window = PIECE_BYTES
            return items
        if self._window > MAX_ITEM_BYTES:
            message = f"an item of the file is larger than {MAX_ITEM_BYTES >> 20} MB"
            raise BodyError(413, "too_large", f"{message}; save fewer spans to a file")
        self._window = min(self._window * GROWTH, MAX_ITEM_BYTES + PIECE_BYTES)
        return []

    def _try_ways(self) -> list[Items] | None:
        for way in self._ways:
            if (items := way()) is not None:
                self._ways.sort(key=lambda known: known != way)  # it will be this one again
                return items
        return None

    def _find_list(self) -> None:
        """Find the list of items, if the document begins with one or has one by its name."""
        begin = bytes(self._rest[:PIECE_BYTES])
        if begin.lstrip().startswith(b"["):
            self._begin_list(begin.index(b"[") + 1)
            return
        for match in islice(self._list.finditer(begin), MAX_LISTS):
            try:  # a list further down would not be closed by this
                _fields.decode(begin[: match.end()] + b"]}")
            except DECODE_ERRORS:
                continue
            self._begin_list(match.end(), match[1].decode())
            return

    def _begin_list(self, end: int, name: str = "") -> None:
        self._head, self._name = bytes(self._rest[:end]), name
        del self._rest[:end]
        opening = _OPENING.match(self._rest)
        if opening is not None:
            first, second = opening.groups()
            two_keys = [re.escape(first) + _SCALAR + re.escape(second)] if second else []
            self._openings = [re.compile(pattern) for pattern in (*two_keys, re.escape(first))]

    def _cut_list(self) -> list[Items] | None:
        """Cut before the item that begins last; None if that is not possible."""
        are_large = self._window > PIECE_BYTES  # then what begins with the first key may be parts
        for opening in self._openings[: 1 if are_large else 2]:
            places = [match.start() for match in opening.finditer(self._rest, 0, self._window)]
            for place in places[:0:-1][:MAX_GUESSES]:
                if (items := self._items_before(place)) is not None:
                    del self._rest[:place]
                    return [Items(self._name, items)]
        return None

    def _items_before(self, place: int) -> list[Raw] | None:
        """Return the items before a place if no item is cut there, else None."""
        before = bytes(self._rest[:place]).rstrip()
        if not before.endswith(b","):
            return None
        try:
            return items_of(b"[" + before[:-1] + b"]")
        except DECODE_ERRORS:
            return None

    def _cut_lines(self) -> list[Items] | None:
        """Cut after the last line if a document ends there; None if none does."""
        end = self._rest.rfind(b"\n", 0, self._window) + 1
        if not end:
            return None
        try:
            items = list(self._items(_documents(self._head + bytes(self._rest[:end]))))
        except DECODE_ERRORS:
            return None
        del self._rest[:end]
        self._head, self._openings = b"", []
        return items

    def _items(self, documents: list[Raw]) -> Iterator[Items]:
        """Yield the items of whole documents; those without a list are items themselves."""
        alone: list[Raw] = []
        for document in documents:
            if lists := list(self._lists_of(document)):
                yield from lists
            else:
                alone.append(document)
        if alone:
            yield Items("", alone)

    def _lists_of(self, document: Raw) -> Iterator[Items]:
        """Yield the document if it is a list, and its lists that have one of the names."""
        if _first(document) == b"[":
            yield Items("", items_of(document))
        elif _first(document) == b"{":
            fields = _fields.decode(document)
            for name in self._lists:
                if name in fields and _first(fields[name]) == b"[":
                    yield Items(name, items_of(fields[name]))


def _documents(text: bytes) -> list[Raw]:
    """Return the documents in a text: one, or one on each line."""
    if len(text) <= 2 * PIECE_BYTES:
        return _document.decode_lines(text)
    try:
        return [_document.decode(text)]
    except DECODE_ERRORS:
        return [_document.decode(line) for line in text.split(b"\n") if line.strip()]


def _first(raw: Raw) -> bytes:
    return bytes(memoryview(raw)[:1])


def items_within(document: Raw, name: str) -> Iterator[list[Raw]]:
    """Yield the items of a list in a document, many at a time: a list of any length.

    Raises `BodyError` if they cannot be read.
    """
    splitter = ItemSplitter((name,))
    view = memoryview(document)
    for begin in range(0, len(view), PIECE_BYTES):
        for items in splitter.feed(bytes(view[begin : begin + PIECE_BYTES])):
            yield items.raw
    for items in splitter.finish():
        if items.name == name:
            yield items.raw
