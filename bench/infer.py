"""When inference from logs alone works, and when it does not: measured by the traces.

The real app answers visitors who never pause, with its request log on. Its records are inferred
from three times: as they are; without the ids; and without ids and the calls that web wrote down,
as an access log with durations has them. Precision and recall are of calls: each must be given to
the very request that made it. The figures in docs/black-box.md are these.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import requests

from bench.dials import process, started
from bench.infer_chart import Panel, Series, svg
from collector.analysis.tree import build_tree
from collector.infer.collector_client import traced
from collector.infer.critical_shares import critical_shares
from collector.infer.forest import forest_of
from collector.infer.hypotheses import find_relations
from collector.infer.inference import infer
from collector.infer.matching import TOLERANCE_NS
from collector.infer.readers.read import read_records
from collector.infer.records import Record
from collector.infer.rejects import Rejects
from collector.infer.score import score
from collector.infer.truth import Truth, truth_of
from tutor.ports import any_free
from tutor.redis_server import find_redis_server

EXAMPLES = """examples:
  ./workshop bench infer                        about a minute and a half
  ./workshop bench infer --chart FILE.svg       and draw the chart of docs/black-box.md
"""
PATHS = ("/pair/beer?name=ipa", "/beers", "/pair/beer?name=stout", "/donuts", "/menu", "/beers/ipa")
DIALS = {"TASTE_MS": "5", "CONNECT_MS": "1", "SQL_ROUND_TRIP_MS": "0", "REDIS_ROUND_TRIP_MS": "0"}
"""Dials that make a pairing quick, so that many can be asked for."""
USERS = (1, 2, 3, 5, 10, 20)
VISITS = 150
"""Requests for each number of users."""
SEEN = (10, 25, 50, 100, 200, 400)
SEEN_BY_USERS = 5
"""Users whose requests are inferred from after so many of them."""
TRACES_TIMEOUT_S = 30.0


class Figures(NamedTuple):
    """How right one inference was, each figure from 0 to 1."""

    precision: float
    recall: float
    edges: float
    """The lower one of precision and recall of the edges, weighted by calls."""
    confidence: float
    """Mean confidence in the calls' callers."""
    shares_error: float


@dataclass(frozen=True)
class App:
    """The running app, and the collector that has its traces."""

    web: str
    taster: str
    collector: str
    log: Path

    def visits(self, number: int, users: int) -> list[Record]:
        """Have so many users make so many requests together; return what the log says, by end."""
        self.log.write_bytes(b"")
        rng, lock = random.Random(1), threading.Lock()
        left = [rng.choice(PATHS) for _ in range(number)]

        def visit() -> None:
            with requests.Session() as session:
                while True:
                    with lock:
                        if not left:
                            return
                        path = left.pop()
                    session.get(self.web + path, timeout=60).raise_for_status()

        threads = [threading.Thread(target=visit) for _ in range(users)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        names = {self.taster.partition("//")[2]: "taster"}
        return sorted(read_records(self.log, Rejects(), names=names), key=lambda r: r.end)

    def truth(self, records: Sequence[Record]) -> Truth:
        """Return what the traces of the same time say, once they are all stored."""
        begin = min(record.start for record in records) - TOLERANCE_NS
        end = max(record.end for record in records) + TOLERANCE_NS
        answered = sum(not record.callee for record in records)
        deadline = time.monotonic() + TRACES_TIMEOUT_S
        while True:
            stored = traced(self.collector, begin, end)
            truth = truth_of((trace_id, build_tree(spans)) for trace_id, spans in stored)
            if len(truth.requests) >= answered or time.monotonic() > deadline:
                return truth
            time.sleep(0.5)


KINDS = ("ids", "times and calls", "times only")


def as_kind(kind: str, records: Sequence[Record]) -> list[Record]:
    """Return the records with only what logs of that kind say."""
    if kind == "ids":
        return list(records)
    without = [record._replace(request_id="") for record in records]
    if kind == "times and calls":
        return without
    return [record._replace(thread="") for record in without if not record.callee]


def measure(records: list[Record], truth: Truth) -> Figures:
    """Infer from the records, and return how right that is."""
    found = infer(records)
    forest = forest_of(found)
    shares = critical_shares(forest, find_relations(forest, found.guessed))
    result = score(forest, truth, shares)
    sure = [placement.confidence for placement in found.placements if placement.parent >= 0]
    return Figures(
        result.spans.precision,
        result.spans.recall,
        min(result.weighted.precision, result.weighted.recall),
        sum(sure) / max(1, len(sure)),
        result.shares_error or 0.0,
    )


def main() -> int:
    """Print both tables, and draw the chart if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--chart", type=Path, metavar="FILE", help="draw a chart, as SVG")
    chart = parser.parse_args().chart
    with ExitStack() as stack:
        app = _app(stack)
        app.visits(10, 1)  # so that Redis has all opinions
        by_users = {users: _row("users", users, *_recorded(app, VISITS, users)) for users in USERS}
        print(f"\n{SEEN_BY_USERS} users, after so many requests", flush=True)
        records, truth = _recorded(app, max(SEEN), SEEN_BY_USERS)
        web = [r for r in records if r.service == "web" and not r.callee]
        by_seen = {}
        for seen in SEEN:
            ids = {record.request_id for record in web[:seen]}
            some = [record for record in records if record.request_id in ids]
            by_seen[seen] = _row("seen", seen, some, truth)
    if chart:
        chart.write_text(
            svg(
                [
                    Panel("users who never pause", USERS, _series(by_users)),
                    Panel(f"requests seen, of {SEEN_BY_USERS} users", SEEN, _series(by_seen)),
                ],
                "share of the calls given to the very request that made them",
            ),
            encoding="utf-8",
        )
        print(f"the chart is in {chart}")
    return 0


def _recorded(app: App, number: int, users: int) -> tuple[list[Record], Truth]:
    records = app.visits(number, users)
    return records, app.truth(records)


def _row(what: str, number: int, records: list[Record], truth: Truth) -> dict[str, Figures]:
    """Measure each kind of log, print a line for each, and return the figures."""
    figures = {}
    for kind in KINDS:
        found = figures[kind] = measure(as_kind(kind, records), truth)
        print(
            f"{what} {number:>4}  {kind:16} precision {found.precision:.3f}"
            f" recall {found.recall:.3f}  edges {found.edges:.3f}"
            f"  confidence {found.confidence:.3f}  shares off by {found.shares_error:.1%}",
            flush=True,
        )
    return figures


def _series(rows: dict[int, dict[str, Figures]]) -> list[Series]:
    right = [Series(kind, [row[kind].recall for row in rows.values()]) for kind in KINDS]
    sure = [row["times only"].confidence for row in rows.values()]
    return [*right, Series("times only: its own confidence", sure, is_dashed=True)]


def _app(stack: ExitStack) -> App:
    """Run Redis, the collector and the two services until the end of the stack."""
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    port = any_free()
    redis = [str(find_redis_server()), "--port", str(port), "--save", "", "--dir", folder]
    stack.enter_context(process(*redis, "--bind", "127.0.0.1"))
    log = Path(folder) / "requests.log"
    env = {"DATA_DIR": folder, "REDIS_URL": f"redis://127.0.0.1:{port}/0", "PORT": "0", **DIALS}
    collector = started(
        stack.enter_context(process(sys.executable, "-m", "collector", "--port", "0", **env))
    )
    env |= {"COLLECTOR_URL": collector, "REQUEST_LOG": str(log)}
    taster = started(stack.enter_context(process(sys.executable, "services/taster.py", **env)))
    env["TASTER_URL"] = taster
    web = started(stack.enter_context(process(sys.executable, "services/web.py", **env)))
    return App(web, taster, collector, log)


if __name__ == "__main__":
    sys.exit(main())
