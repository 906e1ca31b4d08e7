"""How good a guess is, measured against the traces: precision, recall, and the error of shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from collector.infer.critical_shares import Shares
from collector.infer.forest import Forest
from collector.infer.matching import match
from collector.infer.truth import Truth

Key = TypeVar("Key")
EdgeKey = tuple[str, str]
"""The calling service and the called one."""


@dataclass(frozen=True)
class Ratio:
    """Precision and recall, as in information retrieval."""

    right: int
    claimed: int
    true: int

    @property
    def precision(self) -> float:
        """Share of what is claimed that is right; 1 if nothing is claimed."""
        return self.right / self.claimed if self.claimed else 1.0

    @property
    def recall(self) -> float:
        """Share of what is true that is claimed; 1 if nothing is true."""
        return self.right / self.true if self.true else 1.0

    def as_json(self) -> dict[str, object]:
        """Return both, and what they are made of, by name."""
        return {
            "precision": self.precision,
            "recall": self.recall,
            "right": self.right,
            "claimed": self.claimed,
            "true": self.true,
        }


@dataclass(frozen=True)
class Score:
    """An inference compared with the truth."""

    edges: Ratio
    """Service-level edges, each counting once."""
    weighted: Ratio
    """Service-level edges, each counting as many times as there were calls."""
    spans: Ratio
    """Calls, each right if it was given to the very request that made it."""
    missing: dict[EdgeKey, int]
    """True edges that were not found, with their calls."""
    wrong: dict[EdgeKey, int]
    """Edges that there are not, with the calls claimed."""
    true_shares: Shares
    """Each service's share of the critical paths of the traces that are compared."""
    shares_error: float | None
    """Half the sum of the differences between the services' shares of the critical path, 0 to 1:
    the part of the time that is put down to the wrong service. None if there are no shares."""
    matched: int
    """Records that are also in the traces; only these are compared."""
    only_records: int
    """Records, of services that send traces, that are in none."""
    only_traces: int
    """Traced requests, of services that have records, without a record."""
    unknown: tuple[str, ...]
    """Services of the records that send no traces: nothing is known about their calls."""


def compare(claimed: Mapping[Key, int], true: Mapping[Key, int]) -> Ratio:
    """Return precision and recall of counted things: of each kind as many are right as there are
    in both."""
    right = sum(min(number, true.get(key, 0)) for key, number in claimed.items())
    return Ratio(right, sum(claimed.values()), sum(true.values()))


def score(forest: Forest, truth: Truth, shares: Shares) -> Score:
    """Return how right the trees are. Requests that only one side knows are not compared, nor are
    services that only one side knows: a call by way of those counts as one of whoever called
    them."""
    both = truth.services & {r.service for i, r in enumerate(forest.records) if forest.is_server(i)}
    matched = match(forest, truth.requests)
    record_of = {place: index for index, place in matched.items()}
    claimed: Counter[EdgeKey] = Counter()
    true: Counter[EdgeKey] = Counter()
    right = with_parent = true_parents = 0
    for index, place in matched.items():
        parent = forest.server(index, both)
        true_parent = _parent(truth, place, both)
        if true_parent >= 0 and true_parent not in record_of:
            continue
        if parent >= 0:
            claimed[forest.records[parent].service, forest.records[index].service] += 1
            with_parent += 1
            right += matched.get(parent, -2) == true_parent
        if true_parent >= 0:
            true[truth.requests[true_parent].service, truth.requests[place].service] += 1
            true_parents += 1
    true_shares = truth.shares({truth.requests[place].request_id for place in matched.values()})
    known = [i for i, r in enumerate(forest.records) if forest.is_server(i, both)]
    return Score(
        compare(dict.fromkeys(claimed, 1), dict.fromkeys(true, 1)),
        compare(claimed, true),
        Ratio(right, with_parent, true_parents),
        {edge: calls for edge, calls in true.items() if edge not in claimed},
        {edge: calls for edge, calls in claimed.items() if edge not in true},
        true_shares,
        shares_error(shares, true_shares) if shares and true_shares else None,
        len(matched),
        len(known) - len(matched),
        sum(request.service in both for request in truth.requests) - len(matched),
        tuple(sorted({record.service for record in forest.records} - truth.services)),
    )


def shares_error(inferred: Shares, true: Shares) -> float:
    """Return half the sum of the differences, 0 if the shares are the same, 1 if they have nothing
    in common (the total variation distance)."""
    services = inferred.keys() | true.keys()
    return sum(abs(inferred.get(name, 0) - true.get(name, 0)) for name in services) / 2


def _parent(truth: Truth, place: int, services: frozenset[str]) -> int:
    parent = truth.callers[place]
    while parent >= 0 and truth.requests[parent].service not in services:
        parent = truth.callers[parent]
    return parent
