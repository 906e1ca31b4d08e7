"""Making and filling the tables, once, however many processes start at the same time."""

from __future__ import annotations

import time
from zlib import crc32

from sqlalchemy import Connection, Engine, insert, inspect, select, text
from sqlalchemy.schema import CreateTable

from services import menu
from services.models import Baker, Base, Beer, Donut, Review, Seed

TABLES = Base.metadata.sorted_tables
VERSION = crc32(
    repr(
        [menu.BEERS, menu.DONUTS, sorted(menu.ASLEEP), menu.REVIEW_COUNT, menu.VERDICTS]
        + [str(CreateTable(table)) for table in TABLES]
    ).encode()
) % (1 << 31)
"""A number that changes with the seed data and the tables; older tables are replaced."""

REVIEWS_INDEX = "review_by_beer"

LOCKS = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(20170518)",
}
"""The statement that makes a second process wait for the first, by kind of database."""


class NotOursError(Exception):
    """The database has a table of the same name that this app did not make."""


def fill(engine: Engine) -> None:
    """Make and fill the tables in one transaction, unless that was done before.

    Raises `NotOursError` if a table of the same name is not this app's, and SQLAlchemy's errors if
    the database can't be reached.
    """
    with engine.connect() as connection:
        if _version(connection) == VERSION:
            return
    with engine.connect() as connection:
        if lock := LOCKS.get(engine.dialect.name):
            connection.exec_driver_sql(lock)
        if _version(connection) == VERSION:  # another process was faster
            return
        _refuse_foreign_tables(connection)
        started = time.perf_counter()
        print(
            f"web: writing {menu.REVIEW_COUNT:,} reviews of {len(menu.BEERS)} beers …", flush=True
        )
        Base.metadata.drop_all(connection)
        Base.metadata.create_all(connection)
        _write_menu(connection)
        _write_reviews(connection)
        connection.execute(insert(Seed).values(version=VERSION))
        connection.commit()
        print(f"web: written in {time.perf_counter() - started:.1f} s", flush=True)


def _version(connection: Connection) -> int | None:
    if not inspect(connection).has_table(Seed.__tablename__):
        return None
    return connection.scalar(select(Seed.version))


def _refuse_foreign_tables(connection: Connection) -> None:
    tables = set(inspect(connection).get_table_names())
    if Seed.__tablename__ not in tables:
        for table in TABLES:
            if table.name in tables:
                raise NotOursError(
                    f"the database already has a table {table.name!r} that is not this app's;"
                    " name an empty database in DATABASE_URL"
                )


def _write_menu(connection: Connection) -> None:
    beers = [{"id": id, **beer._asdict()} for id, beer in enumerate(menu.BEERS, 1)]
    bakers = [
        {"id": id, "name": donut.baker, "awake": donut.baker not in menu.ASLEEP}
        for id, donut in enumerate(menu.DONUTS, 1)
    ]
    donuts = [
        {"id": id, "name": donut.name, "sugar": donut.sugar, "baker_id": id}
        for id, donut in enumerate(menu.DONUTS, 1)
    ]
    connection.execute(insert(Beer), beers)
    connection.execute(insert(Baker), bakers)
    connection.execute(insert(Donut), donuts)


def _write_reviews(connection: Connection) -> None:
    """Let the database make the reviews itself; multiplying by primes scatters them enough."""
    verdicts = dict(enumerate(menu.VERDICTS))
    cases = " ".join(f"WHEN {number} THEN :verdict{number}" for number in verdicts)
    connection.execute(
        text(f"""
            INSERT INTO {Review.__tablename__} (id, beer_id, day, stars, verdict)
            WITH RECURSIVE
                thousand(n) AS (
                    SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM thousand WHERE n < 999
                ),
                review_number(n) AS (
                    SELECT 1000 * high.n + low.n
                    FROM thousand AS high CROSS JOIN thousand AS low
                    WHERE high.n < :thousands
                )
            SELECT
                n + 1,
                n * 7919 % :beers + 1,
                n * 104729 % 3653,
                CASE WHEN n * 613 % 7 < 2 THEN 5 ELSE n * 613 % 7 % 5 + 1 END,
                CASE n * 31337 % {len(verdicts)} {cases} END
            FROM review_number
        """),  # noqa: S608 (every inserted word is the program's own)
        {
            "thousands": menu.REVIEW_COUNT // 1000,
            "beers": len(menu.BEERS),
            **{f"verdict{number}": verdict for number, verdict in verdicts.items()},
        },
    )


def index_reviews(engine: Engine, indexed: bool) -> None:
    """Create or drop the index that finds the newest reviews of a beer."""
    with engine.begin() as connection:
        if indexed:
            columns = "beer_id, day DESC, id DESC"
            connection.exec_driver_sql(
                f"CREATE INDEX IF NOT EXISTS {REVIEWS_INDEX} ON review ({columns})"
            )
        else:
            connection.exec_driver_sql(f"DROP INDEX IF EXISTS {REVIEWS_INDEX}")
