"""JSON documents of any shape, fed in pieces of any size, give the items that they have."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.files import item_splitter
from collector.files.item_splitter import ItemSplitter
from collector.receivers.body import BodyError

TRICKY = st.sampled_from(['"', "\\", ',{"id":', "]}", "é", "\n", '{"id":"x","n":'])
TEXTS = st.lists(TRICKY, max_size=4).map("".join)
ITEMS = st.lists(
    st.fixed_dictionaries(
        {"id": TEXTS, "n": st.integers(0, 9)},
        optional={
            "m": TEXTS,
            "links": st.lists(st.fixed_dictionaries({"id": TEXTS, "n": st.just(1)})),
        },
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture(autouse=True, scope="module")
def little_pieces() -> Iterator[None]:
    """Let cuts be tried after a few bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(item_splitter, "PIECE_BYTES", 60)
        yield


def split(document: bytes, piece: int) -> list[tuple[str, object]]:
    """Return each item with the name of its list."""
    splitter = ItemSplitter()
    found = []
    for start in range(0, len(document), piece):
        found += list(splitter.feed(document[start : start + piece]))
    found += list(splitter.finish())
    return [(items.name, msgspec.json.decode(raw)) for items in found for raw in items.raw]


def encoded(value: object, pretty: bool) -> bytes:
    text = msgspec.json.encode(value)
    return msgspec.json.format(text, indent=2) if pretty else text


@given(ITEMS, st.integers(1, 200), st.booleans())
def test_a_list(items: list[object], piece: int, pretty: bool) -> None:
    assert split(encoded(items, pretty), piece) == [("", item) for item in items]


@given(ITEMS, st.integers(1, 200), st.booleans())
def test_a_list_in_a_document(items: list[object], piece: int, pretty: bool) -> None:
    document = {"other": {"data": [1, {"id": 2}]}, "traceEvents": items, "more": {"a": [{"id": 3}]}}
    assert split(encoded(document, pretty), piece) == [("traceEvents", item) for item in items]


@given(st.lists(ITEMS, min_size=1, max_size=4), st.integers(1, 200))
def test_documents_on_lines(lists: list[list[object]], piece: int) -> None:
    lines = b"\n".join(encoded({"data": items}, False) for items in lists)
    assert split(lines, piece) == [("data", item) for items in lists for item in items]


@given(ITEMS, st.integers(1, 200))
def test_items_on_lines(items: list[object], piece: int) -> None:
    lines = b"\n".join(encoded(item, False) for item in items)
    assert split(lines, piece) == [("", item) for item in items]


@given(ITEMS, st.integers(1, 200))
def test_a_list_that_is_never_closed(items: list[object], piece: int) -> None:
    unclosed = encoded(items, False)[:-1] + b",\n"
    assert split(unclosed, piece) == [("", item) for item in items]


@pytest.mark.parametrize(
    "document",
    [b"", b"no JSON", b'{"data":[{"id":1}', b'[{"id":1}]]', b"[" * 5_000, b'{"a":"\xff\n"}'],
)
def test_what_is_no_json_is_named(document: bytes) -> None:
    if document:
        with pytest.raises(BodyError, match="cannot be read as JSON"):
            split(document, 7)
    else:
        assert split(document, 7) == []


def test_a_list_of_very_many_little_things_is_refused() -> None:
    with pytest.raises(BodyError, match="at most length 10000"):
        split(b"[" + b"1," * 20_000 + b"1]", 50_000)


def test_an_item_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item_splitter, "MAX_ITEM_BYTES", 1_000)
    with pytest.raises(BodyError, match="larger than"):
        split(b'[{"id":"' + b"x" * 9_000, 100)


def test_items_whose_second_key_may_be_missing() -> None:
    items = [{"id": "root", "name": "a"}]
    items += [{"id": str(number), "parent": "root", "name": "b"} for number in range(20_000)]
    assert len(split(encoded(items, False), 50_000)) == 20_001
