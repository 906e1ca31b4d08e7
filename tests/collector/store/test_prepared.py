"""What kind of service each looks like, judged by one chunk."""

from __future__ import annotations

import pytest

from collector.model import Chunk, Span
from collector.store.prepared import prepare


def _db(number: int, type_: str) -> Span:
    return Span(number, 1, "db", "query", "SELECT 1", type_, 1, 1, 0, {})


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (["sql"], "datastore"),
        (["", "sql"], "datastore"),
        (["sql", ""], "datastore"),
        ([""], "service"),
        (["sql", "http"], "service"),
    ],
)
def test_spans_without_a_type_leave_the_kind_to_those_that_have_one(
    types: list[str], kind: str
) -> None:
    spans = [_db(number, type_) for number, type_ in enumerate(types, 2)]
    assert prepare(Chunk("a" * 32, spans)).service_kinds == {"db": kind}
