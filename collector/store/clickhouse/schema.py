"""The tables, made where they are missing, in the words that a version of ClickHouse knows."""

from __future__ import annotations

import re
from pathlib import Path

from collector.store.clickhouse.connection import Connection

FILE = Path(__file__).with_name("schema.sql")
_SINCE = re.compile(r"/\*\+(\d+)\.(\d+)\s(.*?)\*/", re.DOTALL)
_ENGINE = re.compile(r"(?<=ENGINE = )(\w*MergeTree)(?:\(([^)]*)\))?")
_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+)")
_COMMENT = re.compile(r"--[^\n]*")

Version = tuple[int, int]


def create_tables(connection: Connection) -> Version:
    """Create the database and its tables where they are missing, replicated if the server is set up
    for that; return ClickHouse's version.

    Raises `ClickHouseError` if that is not possible.
    """
    connection.command(
        f"CREATE DATABASE IF NOT EXISTS {connection.address.database}", database="default"
    )
    version = server_version(connection)
    is_replica = _is_replica(connection)
    for statement in statements(FILE.read_text(encoding="utf-8"), version):
        if is_replica:
            statement = replicated(statement, connection.address.database)
        connection.command(statement)
    return version


def _is_replica(connection: Connection) -> bool:
    """Return whether the server knows which replica of which shard it is, and a ZooKeeper or a
    ClickHouse Keeper. Raises `ClickHouseError` if it does not say."""
    ((macros,),) = connection.rows(
        "SELECT count() FROM system.macros WHERE macro IN ('shard', 'replica')"
    )
    ((keepers,),) = connection.rows(
        "SELECT count() FROM system.tables WHERE database = 'system' AND name = 'zookeeper'"
    )
    return bool(macros == 2 and keepers)


def replicated(statement: str, database: str) -> str:
    """Return the statement that makes the same table, with the same content on all replicas of a
    shard."""
    table = _TABLE.search(statement)
    if table is None:
        return statement
    path = f"/clickhouse/tables/{{shard}}/{database}/{table[1]}"

    def engine(plain: re.Match[str]) -> str:
        more = f", {plain[2]}" if plain[2] else ""
        return f"Replicated{plain[1]}('{path}', '{{replica}}'{more})"

    return _ENGINE.sub(engine, statement)


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
