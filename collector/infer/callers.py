"""Who calls whom: at first anybody may call anybody, and counter-examples refute all but a few.

The way of the Mystery Machine (Chow et al., OSDI 2014), for the hypothesis "is called by": whatever
is called lies within its caller, every time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest

from collector.infer.coverage import Coverage, support
from collector.infer.operations import Operation, is_request, operation_of
from collector.infer.records import Record
from collector.infer.said_calls import says_so

MIN_SHARE_UNREFUTED = 0.98
"""Share of a service's records that lie within the caller's. The rest is given to clocks that were
read at not quite the same moment."""
MIN_SHARE = 0.2
"""The same for one of several callers, beside which the service may be called from outside."""
MIN_SUPPORT = 0.99
"""How sure it must be of one of several callers that it is no coincidence."""
MIN_EXPLAINED = 0.02
"""Share of the records that a further caller must explain."""
MAX_CALLING = 100
"""Operations that may call one operation, those that explain most of its calls."""


@dataclass
class Callers:
    """Which operations call which, as far as nothing speaks against it."""

    of: dict[Operation, dict[Operation, float]] = field(default_factory=dict)
    """By called operation its callers, with the share of its calls that each of them explains."""
    support: dict[tuple[str, str], float] = field(default_factory=dict)
    """By calling and called service, from 0 to 1, how sure it is that it is no coincidence."""

    def weight(self, caller: Operation, called: Operation) -> float:
        """Return the share of the calls that the caller explains; 0 if it does not call it."""
        return self.of.get(called, {}).get(caller, 0.0)


def find_callers(records: Sequence[Record], candidates: Sequence[Sequence[int]]) -> Callers:
    """Return who calls whom, given for each record the indexes of those that it lies within."""
    by_service: dict[str, list[int]] = defaultdict(list)
    for index, record in enumerate(records):
        by_service[record.service].append(index)
    coverages = {name: Coverage(records[i] for i in of) for name, of in by_service.items()}
    callers = Callers()
    for service, indexes in by_service.items():
        for caller, sure in _calling(service, indexes, records, candidates, coverages):
            callers.support[caller, service] = sure
    _cut_cycles(callers.support)
    _find_operations(records, candidates, callers)
    return callers


def _calling(
    service: str,
    indexes: Sequence[int],
    records: Sequence[Record],
    candidates: Sequence[Sequence[int]],
    coverages: Mapping[str, Coverage],
) -> list[tuple[str, float]]:
    """Return the services that call this one, and how sure that is. Of those that explain the same
    calls it is the innermost: the others call it by way of that."""
    within: dict[str, set[int]] = defaultdict(set)
    said: dict[str, set[int]] = defaultdict(set)
    for index in indexes:
        record = records[index]
        if record.caller or record.callee:
            said[record.caller or service].add(index)
            continue
        for outer in candidates[index]:
            within[records[outer].service].add(index)
            if says_so(records[outer], record):
                said[records[outer].service].add(index)
    unsaid = [i for i in indexes if not records[i].caller and not records[i].callee]
    called = [records[index] for index in unsaid]
    possible = []
    for name, found in within.items():
        if name == service and all(map(is_request, called)):
            continue
        share = len(found) / len(unsaid)
        by_id = name == service or all(records[i].request_id for i in found)
        chance = 0.0 if by_id else coverages[name].chance(called)
        sure = 1.0 if by_id else support(share, chance, len(called))
        if share >= MIN_SHARE_UNREFUTED or (share >= MIN_SHARE and sure >= MIN_SUPPORT):
            refuted = share < MIN_SHARE_UNREFUTED
            possible.append((refuted, coverages[name].mean_length, name, sure))
    chosen = [(name, 1.0) for name in said]
    explained = set().union(*said.values())
    for _, _, name, sure in sorted(possible):
        if name not in said and len(within[name] - explained) > MIN_EXPLAINED * len(indexes):
            chosen.append((name, sure))
            explained |= within[name]
    return chosen


def _cut_cycles(edges: dict[tuple[str, str], float]) -> None:
    """Leave out the least certain edges, until no service calls itself by way of others."""
    kept: dict[str, set[str]] = defaultdict(set)
    for caller, called in sorted(edges, key=lambda edge: (-edges[edge], edge)):
        if caller != called and caller in _reachable(kept, called):
            del edges[caller, called]
        else:
            kept[caller].add(called)


def _reachable(calls: Mapping[str, set[str]], service: str) -> set[str]:
    seen, waiting = {service}, [service]
    while waiting:
        new = calls.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen


def _find_operations(
    records: Sequence[Record], candidates: Sequence[Sequence[int]], callers: Callers
) -> None:
    """Find out which operations of a calling service make the calls: as few as explain them."""
    within: dict[Operation, dict[Operation, set[int]]] = defaultdict(lambda: defaultdict(set))
    number: dict[Operation, int] = defaultdict(int)
    kinds = [operation_of(record) for record in records]
    for index, record in enumerate(records):
        number[kinds[index]] += 1
        for outer in candidates[index]:
            if (records[outer].service, record.service) in callers.support:
                within[kinds[index]][kinds[outer]].add(index)
    for called, by_caller in within.items():
        callers.of[called] = _fewest(by_caller, number, called, within)


Within = Mapping[Operation, Mapping[Operation, set[int]]]
"""By operation, and by one that its records lie within, the indexes of those that do."""


def _fewest(
    by_caller: Mapping[Operation, set[int]],
    numbers: Mapping[Operation, int],
    called: Operation,
    within: Within,
) -> dict[Operation, float]:
    """Return the operations that explain the calls, the one that explains most of them first, with
    the share that each explains and no earlier one does."""
    number = numbers[called]
    chosen: dict[Operation, float] = {}
    left = dict(nlargest(MAX_CALLING, by_caller.items(), key=lambda item: len(item[1])))
    explained: set[int] = set()
    while left:
        best = max(left, key=lambda each: (len(left[each] - explained), each))
        best = _innermost(best, left, numbers, within)
        new = left.pop(best) - explained
        if len(new) <= MIN_EXPLAINED * number and chosen:
            break
        chosen[best] = len(new) / number
        explained |= new
    return chosen


def _innermost(
    best: Operation,
    callers: Mapping[Operation, set[int]],
    numbers: Mapping[Operation, int],
    within: Within,
) -> Operation:
    """Return the operation that makes the calls on behalf of `best`, if there is one: it explains
    nearly as many, and is part of `best` itself."""
    for _ in range(len(callers)):
        inner = [
            other
            for other, explained in callers.items()
            if len(explained) >= MIN_SHARE_UNREFUTED * len(callers[best])
            and len(within.get(other, {}).get(best, ())) >= MIN_SHARE_UNREFUTED * numbers[other]
        ]
        if not inner:
            break
        best = min(inner)
    return best
