"""Records as trees of requests: what a server did, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from collector.infer.inference import Inference
from collector.infer.operations import is_request
from collector.infer.records import Record


@dataclass(frozen=True)
class Forest:
    """The trees that an inference gives, with an entry for each record, parents first."""

    records: list[Record]
    parent: list[int]
    """Index of the parent, -1 for a root."""

    @cached_property
    def children(self) -> list[list[int]]:
        """For each record the indexes of its calls, in the order of their starts."""
        children: list[list[int]] = [[] for _ in self.records]
        for index, parent in enumerate(self.parent):
            if parent >= 0:
                children[parent].append(index)
        for calls in children:
            calls.sort(key=lambda index: self.records[index].start)
        return children

    def roots(self) -> Iterator[int]:
        """Yield the records that nobody called."""
        return (index for index, parent in enumerate(self.parent) if parent < 0)

    def subtree(self, root: int) -> list[int]:
        """Return a record and all that was done for it, parents first."""
        found = [root]
        for index in found:
            found += self.children[index]
        return found

    def server(self, index: int, services: frozenset[str] | None = None) -> int:
        """Return the nearest request above a record, of one of the services; -1 if none is."""
        above = self.parent[index]
        while above >= 0 and not self.is_server(above, services):
            above = self.parent[above]
        return above

    def is_server(self, index: int, services: frozenset[str] | None = None) -> bool:
        """Return whether a record is a request to one of the services, or to any."""
        record = self.records[index]
        return is_request(record) and (services is None or record.service in services)


def forest_of(inference: Inference) -> Forest:
    """Return the trees of an inference."""
    return Forest(inference.records, [placement.parent for placement in inference.placements])
