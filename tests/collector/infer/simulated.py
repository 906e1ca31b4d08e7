"""A simulated app of two services, whose truth is known."""

from __future__ import annotations

import random
from typing import NamedTuple

from collector.infer.records import Record

MS = 1_000_000


class Simulated(NamedTuple):
    """The records of an app, and for each the index of the one that made the call, or -1."""

    records: list[Record]
    callers: list[int]


def simulate(users: int, visits: int, ids: bool, seed: int = 1, calls: int = 4) -> Simulated:
    """Have users, each one request after another, ask web for pairs, which ask taster again and
    again, and for other pages."""
    rng = random.Random(seed)
    records: list[Record] = []
    callers: list[int] = []

    def add(service: str, name: str, start: int, end: int, request_id: str, caller: int) -> int:
        records.append(Record(service, name, start, end, request_id))
        callers.append(caller)
        return len(records) - 1

    for user in range(users):
        now = int(rng.uniform(0, 500)) * MS
        for visit in range(visits // users):
            now += int(rng.expovariate(1 / 50) * MS) + MS
            request_id = f"{user}-{visit}" if ids else ""
            start = now
            now += int(rng.uniform(10, 20) * MS)
            if rng.random() < 0.5:
                add("web", rng.choice(("GET /menu", "GET /ping")), start, now, request_id, -1)
                continue
            index = add("web", "GET /pair/beer", start, start, request_id, -1)
            for _ in range(calls):
                began = now + int(rng.uniform(1, 3) * MS)
                now = began + int(rng.uniform(10, 30) * MS)
                add("taster", "GET /taste", began, now, request_id, index)
            now += int(rng.uniform(1, 3) * MS)
            records[index] = records[index]._replace(end=now)
    return Simulated(records, callers)
