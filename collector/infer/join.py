"""Which records may belong to which: by their ids where they have some, by their times alone where
they have none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from collector.infer.containment import containers
from collector.infer.records import Record


def candidates(records: Sequence[Record]) -> list[list[int]]:
    """Return for each record the indexes of those that may have caused it, the last to start last.

    A record with an id lies within one with the same id. Only if there is none, and for records
    without an id, all that do not have another id are looked at.
    """
    by_id: dict[str, list[int]] = defaultdict(list)
    for index, record in enumerate(records):
        by_id[record.request_id].append(index)
    found: list[list[int]] = [[] for _ in records]
    without = by_id.pop("", [])
    for members in by_id.values():
        own = containers([records[index] for index in members])
        for place, index in enumerate(members):
            found[index] = [members[outer] for outer in own[place]]
    if without:
        for index, outer in enumerate(containers(records)):
            if not found[index]:
                found[index] = [i for i in outer if _may_belong(records[i], records[index])]
    return found


def _may_belong(outer: Record, inner: Record) -> bool:
    return not (outer.request_id and inner.request_id and outer.request_id != inner.request_id)
