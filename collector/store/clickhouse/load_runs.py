"""Records of load tests that all collectors of a ClickHouse share."""

from __future__ import annotations

import secrets
import struct
import threading
import time
from collections.abc import Sequence

import msgspec

from collector.decode_errors import DECODE_ERRORS
from collector.load_runs import run_files
from collector.load_runs.record import Run
from collector.load_runs.run_files import RunError
from collector.store.clickhouse.bound_values import BoundValues, text_bytes
from collector.store.clickhouse.connection import ClickHouseError, Connection

MAX_TRIES = 100
"""Numbers that are tried for a run, while other collectors try the same ones."""
MAX_NUMBER = 2**53


class SharedRuns:
    """The runs, on all ClickHouses, so that any of them can be read. Thread-safe.

    A collector that wants a number first claims it, on the first ClickHouse, and takes it if nobody
    else has claimed it by then: of two that try the same number at once, at most one sees its own
    claim only.
    """

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._connections = connections
        self._lock = threading.Lock()

    def add(self, run: Run) -> int:
        """Store a new run and return its number. Raises `RunError` if it cannot be written."""
        with self._lock:
            try:
                run.number = self._claimed()
                self._write(run)
            except ClickHouseError as problem:
                raise RunError(str(problem)) from None
            return run.number

    def replace(self, run: Run) -> bool:
        """Store a run in place of the one with its number; return False if there is none. Raises
        `RunError` if it cannot be written."""
        with self._lock:
            try:
                if self.get(run.number) is None:
                    return False
                self._write(run)
            except ClickHouseError as problem:
                raise RunError(str(problem)) from None
            return True

    def get(self, number: int) -> Run | None:
        """Return the run with that number; None if there is none. Raises `RunError` if it cannot be
        read at present."""
        if number > MAX_NUMBER:
            return None
        values = BoundValues()
        found = self._read(f"number = {values.unsigned(number)}", values)
        return found.get(number)

    def newest(self) -> list[Run]:
        """Return the runs, the newest first. Raises `RunError` if they cannot be read at
        present."""
        found = self._read("1", None)
        return [found[number] for number in sorted(found, reverse=True)[: run_files.MAX_RUNS]]

    def _read(self, condition: str, values: BoundValues | None) -> dict[int, Run]:
        records: dict[int, tuple[int, str]] = {}
        problems = []
        query = (
            "SELECT number, max(version), argMax(record, version) FROM load_run"
            f" WHERE record != '' AND {condition}"
            f" GROUP BY number ORDER BY number DESC LIMIT {run_files.MAX_RUNS}"
        )
        for connection in self._connections:
            try:
                for number, version, record in connection.rows(query, values):
                    records[number] = max((version, record), records.get(number, (0, "")))
            except ClickHouseError as problem:
                problems.append(str(problem))
        if len(problems) == len(self._connections):
            raise RunError(problems[0])
        runs = {}
        for number, (_, record) in records.items():
            try:
                runs[number] = msgspec.json.decode(record, type=Run)
            except DECODE_ERRORS:  # written by a later version
                continue
        return runs

    def _claimed(self) -> int:
        """Return a number that no other run has or will have. Raises `ClickHouseError`."""
        first = self._connections[0]
        for _ in range(MAX_TRIES):
            ((latest,),) = first.rows("SELECT max(number) FROM load_run")
            number, claim = latest + 1, secrets.randbits(64)
            self._insert(first, number, claim, 0, "")
            values = BoundValues()
            query = (
                f"SELECT uniqExact(claim) FROM load_run WHERE number = {values.unsigned(number)}"
            )
            ((claims,),) = first.rows(query, values)
            if claims == 1:
                return int(number)
            time.sleep(secrets.randbelow(20) / 1000)
        raise ClickHouseError("too many runs are being stored at once; try again")

    def _write(self, run: Run) -> None:
        """Raises `ClickHouseError` if none of them takes it."""
        record = msgspec.json.encode(run).decode()
        problems = []
        for connection in self._connections:
            try:
                self._insert(connection, run.number, 0, time.time_ns(), record)
            except ClickHouseError as problem:
                problems.append(problem)
        if len(problems) == len(self._connections):
            raise problems[0]

    def _insert(
        self, connection: Connection, number: int, claim: int, version: int, record: str
    ) -> None:
        row = struct.pack("<QQQ", number, claim, version) + text_bytes(record)
        connection.insert("load_run (number, claim, version, record)", row)
