"""One query that takes nearly all the time, and what looks like it."""

from __future__ import annotations

from tests.collector.analysis.cases.case import Case
from tests.collector.analysis.trace_builder import Piece, call, each, failed, redis, sql, step, web

FOUND = "fat_query"


def alone(statement: str, ms: float = 40, **more: object) -> Piece:
    """A request that does little but send one statement."""
    return web(sql(statement, ms, **more), ms=3)


CASES = [
    Case("reviews of a beer", FOUND, alone("SELECT * FROM review WHERE beer_id = ?")),
    Case("an id in the text", FOUND, alone("SELECT * FROM review WHERE beer_id = 7")),
    Case("just long enough", FOUND, web(sql("SELECT * FROM review", 7), ms=2)),
    Case("many rows", FOUND, alone("SELECT * FROM review", rows=50_000)),
    Case("none", FOUND, alone("SELECT * FROM review WHERE stars > 9", rows=0)),
    Case("a count", FOUND, alone("SELECT count(*) FROM review")),
    Case("a join", FOUND, alone("SELECT * FROM beer JOIN review ON beer.id = review.beer_id")),
    Case(
        "a common table expression",
        FOUND,
        alone("WITH best AS (SELECT 1 FROM t) SELECT * FROM best"),
    ),
    Case("in brackets", FOUND, alone("(SELECT a FROM t) UNION (SELECT b FROM u)")),
    Case("in small letters", FOUND, alone("select * from review")),
    Case("after a comment", FOUND, alone("/* route:reviews */ SELECT * FROM review")),
    Case("over several lines", FOUND, alone("\n  SELECT *\n  FROM review\n")),
    Case(
        "an update that looks for its rows",
        FOUND,
        alone("UPDATE review SET seen = 1 WHERE day < ?"),
    ),
    Case("a delete", FOUND, alone("DELETE FROM review WHERE day < ?")),
    Case("an insert of what a query finds", FOUND, alone("INSERT INTO best SELECT * FROM review")),
    Case("a prepared statement", FOUND, alone("EXECUTE reviews_of (?)")),
    Case("a procedure", FOUND, alone("CALL reviews_of(?)")),
    Case("described by hand", FOUND, alone("beer.reviews", name="beer.query")),
    Case("MongoDB", FOUND, alone("find review", name="pymongo.cmd", type="mongodb")),
    Case("Elasticsearch", FOUND, alone("POST /reviews/_search", type="elasticsearch")),
    Case("Cassandra", FOUND, alone("SELECT * FROM review ALLOW FILTERING", type="cassandra")),
    Case(
        "a database that only a tag names",
        FOUND,
        alone("SELECT * FROM review", type="", db__system="postgresql"),
    ),
    Case(
        "an ORM's span around the driver's",
        FOUND,
        web(sql("SELECT * FROM t", 1, sql("SELECT * FROM t", 40, name="psycopg.query")), ms=3),
    ),
    Case(
        "in a method of its own", FOUND, web(step("reviews_of", sql("SELECT * FROM t", 40)), ms=3)
    ),
    Case("below another service", FOUND, call("GET /r", 1, web(sql("SELECT * FROM t", 40), ms=3))),
    Case(
        "a clock ahead at the server",
        FOUND,
        call("GET /r", 1, web(sql("SELECT * FROM t", 40), ms=3, shift=9)),
    ),
    Case("in a script", FOUND, sql("SELECT * FROM review", 40)),
    Case(
        "beside small ones",
        FOUND,
        web(sql("SELECT a FROM t", 2), sql("SELECT * FROM review", 60), sql("SELECT b FROM t", 2)),
    ),
    Case(
        "an offset far away",
        FOUND,
        alone("SELECT * FROM review ORDER BY day LIMIT 10 OFFSET 90000"),
    ),
    Case("a view", FOUND, alone("SELECT * FROM reviews_by_day")),
    # near-misses
    Case("COMMIT", "", alone("COMMIT")),
    Case("COMMIT in small letters", "", alone("commit;")),
    Case(
        "a driver's commit",
        "",
        alone("postgres.connection.commit", name="postgres.connection.commit"),
    ),
    Case("a commit by its name", "", alone("SELECT 1 FROM t", name="db.commit")),
    Case("BEGIN", "", alone("BEGIN IMMEDIATE")),
    Case("ROLLBACK", "", alone("ROLLBACK TO SAVEPOINT sa_savepoint_1")),
    Case("connecting", "", alone("connect", name="psycopg2.connect")),
    Case("waiting for a connection", "", alone("db.pool.wait", name="db.pool.wait")),
    Case("an insert", "", alone("INSERT INTO review (a) VALUES (?)")),
    Case("many inserts in one", "", alone("INSERT INTO review (a) VALUES (1), (2), (3)", rows=3)),
    Case("a copy", "", alone("COPY review FROM STDIN")),
    Case("an index being made", "", alone("CREATE INDEX review_day ON review (day)")),
    Case("a table being changed", "", alone("ALTER TABLE review ADD COLUMN a INTEGER")),
    Case("vacuum", "", alone("VACUUM ANALYZE review")),
    Case("a row's lock", "", alone("SELECT * FROM donut WHERE id = ? FOR UPDATE")),
    Case("a table's lock", "", alone("LOCK TABLE donut IN EXCLUSIVE MODE")),
    Case("an advisory lock", "", alone("SELECT pg_advisory_xact_lock(?)")),
    Case("sleeping", "", alone("SELECT pg_sleep(0.04)")),
    Case("is it there?", "", alone("SELECT 1")),
    Case("which version?", "", alone("SELECT version()")),
    Case("settings", "", alone("SET search_path TO beers")),
    Case("a pragma", "", alone("PRAGMA journal_mode = WAL")),
    Case("preparing", "", alone("PREPARE reviews AS SELECT * FROM review")),
    Case("a cursor's rows", "", alone("FETCH 1000 FROM c_1")),
    Case("a cache's lookup", "", web(redis("GET", 40), ms=3)),
    Case("memcached", "", web(redis("get", 40, type="memcached"), ms=3)),
    Case(
        "Redis that only a tag names",
        "",
        web(redis("GET", 40, type="db", db__system="redis"), ms=3),
    ),
    Case("one that failed", "", alone("SELECT * FROM review", error=1)),
    Case("a third of the trace", "", web(sql("SELECT * FROM t", 30), step("match", ms=60))),
    Case("short", "", web(sql("SELECT * FROM t", 4), ms=1)),
    Case("a call, not a query", "", web(call("GET /reviews", 40), ms=3)),
    Case(
        "many of them",
        "n_plus_one",
        web(*each(9, lambda n: sql("SELECT * FROM t WHERE id = ?", 9))),
    ),
    Case(
        "beside a longer call",
        "",
        web(sql("SELECT * FROM t", 20), call("GET /taste", 60), failed("GET /x", 1)),
    ),
]
