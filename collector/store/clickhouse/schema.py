"""The tables, made where they are missing, in the words that a version of ClickHouse knows."""

from __future__ import annotations

import re
from pathlib import Path

from collector.store.clickhouse.connection import Connection

FILE = Path(__file__).with_name("schema.sql")
_SINCE = re.compile(r"/\*\+(\d+)\.(\d+)\s(.*?)\*/", re.DOTALL)
_COMMENT = re.compile(r"--[^\n]*")

Version = tuple[int, int]


def create_tables(connection: Connection) -> Version:
    """Create the database and its tables where they are missing; return ClickHouse's version.

    Raises `ClickHouseError` if that is not possible.
    """
    connection.command(
        f"CREATE DATABASE IF NOT EXISTS {connection.address.database}", database="default"
    )
    version = server_version(connection)
    for statement in statements(FILE.read_text(encoding="utf-8"), version):
        connection.command(statement)
    return version


def server_version(connection: Connection) -> Version:
    """Return the version of the server. Raises `ClickHouseError` if it does not say."""
    major, minor = str(connection.rows("SELECT version()")[0][0]).split(".")[:2]
    return int(major), int(minor)


def statements(text: str, version: Version) -> list[str]:
    """Return the statements in a schema as that version is to be told them."""

    def kept(match: re.Match[str]) -> str:
        return match[3] if (int(match[1]), int(match[2])) <= version else ""

    plain = _SINCE.sub(kept, _COMMENT.sub("", text))
    return [statement.strip() for statement in plain.split(";") if statement.strip()]
