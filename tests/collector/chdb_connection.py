"""The current ClickHouse inside the test's own process (chdb), asked as a server is."""

from __future__ import annotations

from pathlib import Path

import msgspec

from collector.store.clickhouse.address import Address
from collector.store.clickhouse.bound_values import BoundValues
from collector.store.clickhouse.connection import Answer, ClickHouseError, Connection


class ChdbConnection(Connection):
    """Asks chdb. Values come in tables of their own, as a server takes them with a query."""

    def __init__(self, folder: Path) -> None:
        import chdb.session

        super().__init__(Address("chdb", 0, "tracing", "", ""))
        self._folder = folder
        self._session = chdb.session.Session()
        self._files = 0
        self._run("CREATE DATABASE tracing")
        self._run("USE tracing")

    def answer(self, query: str, values: BoundValues | None = None) -> Answer:
        for name, (structure, content) in (values.tables() if values else {}).items():
            self._run(f"DROP TABLE IF EXISTS {name}")
            self._run(f"CREATE TABLE {name} ({structure}) ENGINE = Memory")
            self._load(name, content)
        settings = "output_format_json_quote_64bit_integers = 0"
        content = self._run(f"{query} SETTINGS {settings}", "JSONCompact")
        return msgspec.json.decode(content, type=Answer)

    def insert(self, into: str, rows: bytes, form: str = "RowBinary") -> None:
        self._load(into, rows, form)

    def command(self, statement: str, database: str | None = None) -> None:
        self._run(statement)

    def close(self) -> None:
        self._session.close()

    def _load(self, into: str, rows: bytes, form: str = "RowBinary") -> None:
        self._files += 1
        file = self._folder / f"rows-{self._files}"
        file.write_bytes(rows)
        if rows:
            self._run(f"INSERT INTO {into} FROM INFILE '{file}' FORMAT {form}")

    def _run(self, statement: str, form: str = "CSV") -> bytes:
        try:
            return bytes(self._session.query(statement, form).bytes())
        except RuntimeError as error:
            raise ClickHouseError(f"{error}\n{statement}") from None
