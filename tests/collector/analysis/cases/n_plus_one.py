"""Queries for each item of a list, and what looks like them."""

# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable

from tests.collector.analysis.cases.case import Case
from tests.collector.analysis.trace_builder import (
    Piece,
    call,
    each,
    redis,
    sleep,
    sql,
    step,
    together,
    web,
    work,
)

FOUND = "n_plus_one"
LIST = sql("SELECT donut.id, donut.name FROM donut LIMIT ?", 3)
BAKER = "SELECT baker.id, baker.name FROM baker WHERE baker.id = ?"


def listed(*parts: object, ms: float = 3) -> Piece:
    return web(LIST, *parts, ms=ms)  # type: ignore[arg-type]


def in_loop(count: int, part: Callable[[int], object]) -> Piece:
    return listed(*each(count, part))  # type: ignore[arg-type]


ROWS = ", ".join(f"({row}, 'donut {row}')" for row in range(1_000))
IDS = ", ".join(map(str, range(500)))

CASES = [
    Case("60 bakers by a placeholder", FOUND, in_loop(60, lambda n: sql(BAKER))),
    Case(
        "ids in the text", FOUND, in_loop(60, lambda n: sql(f"SELECT * FROM baker WHERE id = {n}"))
    ),
    Case(
        "quoted names in the text",
        FOUND,
        in_loop(30, lambda n: sql(f"SELECT * FROM baker WHERE name = 'baker {n}'")),
    ),
    Case(
        "UUIDs in the text",
        FOUND,
        in_loop(30, lambda n: sql(f"SELECT * FROM t WHERE id = '{n:08x}-0000-4000-8000-{n:012x}'")),
    ),
    Case(
        "an IN-list of one each",
        FOUND,
        in_loop(20, lambda n: sql(f"SELECT * FROM t WHERE id IN ({n})")),
    ),
    Case(
        "each in a span of its own",
        FOUND,
        in_loop(30, lambda n: step("load baker", sql(BAKER), ms=0.2)),
    ),
    Case(
        "each in a span of its own, numbered",
        FOUND,
        in_loop(30, lambda n: step(f"load baker {n}", sql(BAKER), ms=0.2)),
    ),
    Case(
        "each two methods deep",
        FOUND,
        in_loop(20, lambda n: step("baker_of", step("Repository.get", sql(BAKER)), ms=0.3)),
    ),
    Case(
        "two queries in each method",
        FOUND,
        in_loop(
            20, lambda n: step("baker_of", sql(BAKER), sql("SELECT town FROM town WHERE id = ?"))
        ),
    ),
    Case(
        "an ORM's span around the driver's",
        FOUND,
        in_loop(20, lambda n: sql(BAKER, 0.3, sql(BAKER, 2, name="psycopg.query"))),
    ),
    Case("a comb of GETs", FOUND, in_loop(56, lambda n: [redis(), work(0.2)])),
    Case("GETs with their keys", FOUND, in_loop(40, lambda n: redis(f"GET opinion:{n}"))),
    Case("SETs", FOUND, in_loop(40, lambda n: redis("SET"))),
    Case(
        "memcached by another client",
        FOUND,
        in_loop(20, lambda n: redis("get", name="memcached.cmd", type="memcached")),
    ),
    Case(
        "MongoDB by another client",
        FOUND,
        in_loop(20, lambda n: sql("find beers", name="pymongo.cmd", type="mongodb")),
    ),
    Case(
        "a database that only a tag names",
        FOUND,
        in_loop(20, lambda n: sql(BAKER, type="", db__system="postgresql", kind="client")),
    ),
    Case(
        "the new tag's name",
        FOUND,
        in_loop(20, lambda n: sql(BAKER, type="", db__system__name="mysql", kind="client")),
    ),
    Case("five only", FOUND, in_loop(5, lambda n: sql(BAKER))),
    Case(
        "inserts one by one",
        FOUND,
        in_loop(20, lambda n: sql("INSERT INTO taste (a, b) VALUES (?, ?)", rows=1)),
    ),
    Case(
        "updates one by one",
        FOUND,
        in_loop(20, lambda n: sql(f"UPDATE donut SET stock = stock - 1 WHERE id = {n}", rows=1)),
    ),
    Case(
        "many rows for each",
        FOUND,
        in_loop(12, lambda n: sql("SELECT * FROM review WHERE beer_id = ?", 4, rows=40)),
    ),
    Case(
        "the three newest of each",
        FOUND,
        in_loop(12, lambda n: sql("SELECT * FROM review WHERE beer_id = ? ORDER BY day LIMIT 3")),
    ),
    Case(
        "two kinds in turn",
        FOUND,
        in_loop(15, lambda n: [sql(BAKER), sql("SELECT town FROM town WHERE id = ?")]),
    ),
    Case("work between the queries", FOUND, in_loop(15, lambda n: [sql(BAKER, 4), work(3)])),
    Case("one at a time, awaited", FOUND, in_loop(25, lambda n: [work(0.1), sql(BAKER, 3)])),
    Case(
        "a clock that is ahead at the server",
        FOUND,
        call(
            "GET /pair", 2, web(LIST, *each(20, lambda n: sql(BAKER)), shift=30, service="pairing")
        ),
    ),
    Case(
        "a table that is called batch",
        FOUND,
        in_loop(12, lambda n: sql("SELECT * FROM batch WHERE id = ?")),
    ),
    Case(
        "a function of several arguments",
        FOUND,
        in_loop(12, lambda n: sql("SELECT coalesce(?, ?), x FROM t WHERE id = ?")),
    ),
    Case("a prepared statement", FOUND, in_loop(20, lambda n: sql(f"EXECUTE stmt_7 ({n})"))),
    Case(
        "in a worker, without a server",
        FOUND,
        step("celery.run", LIST, *each(20, lambda n: sql(BAKER))),
    ),
    # near-misses
    Case("four", "", in_loop(4, lambda n: sql(BAKER, 5))),
    Case(
        "too quick to matter",
        "",
        web(LIST, *each(60, lambda n: sql(BAKER, 0.005)), call("GET /x", 80)),
    ),
    Case("side by side", "", web(LIST, together(*each(20, lambda n: sql(BAKER, 5))), ms=3)),
    Case(
        "all different",
        "",
        web(*each(9, lambda n: sql(f"SELECT {'abcdefghi'[n - 1]} FROM t")), ms=20),
    ),
    Case("a join", "", web(sql("SELECT * FROM donut JOIN baker", 5), ms=20)),
    Case(
        "batched inserts, one of the rows each in the text",
        "",
        web(*each(8, lambda n: sql(f"INSERT INTO donut (id, name) VALUES {ROWS}", 12))),
    ),
    Case(
        "batched inserts that say how many rows",
        "",
        web(*each(8, lambda n: sql("INSERT INTO donut (id, name) VALUES (?, ?)", 12, rows=1_000))),
    ),
    Case(
        "batched inserts by the tag of the conventions",
        "",
        web(*each(8, lambda n: sql("INSERT INTO donut", 12, db__operation__batch__size=1_000))),
    ),
    Case(
        "executemany by its name",
        "",
        web(*each(8, lambda n: sql("INSERT INTO t", 9, name="executemany"))),
    ),
    Case(
        "IN-lists of 500",
        "",
        web(*each(8, lambda n: sql(f"SELECT * FROM t WHERE id IN ({IDS})", 9))),
    ),
    Case(
        "IN-lists of placeholders",
        "",
        web(*each(8, lambda n: sql("SELECT * FROM t WHERE id IN (?, ?, ?, ?)", 9))),
    ),
    Case("MGETs in batches", "", web(*each(8, lambda n: redis("MGET", 4)))),
    Case(
        "pages by an offset",
        "",
        web(*each(8, lambda n: sql(f"SELECT * FROM t ORDER BY id LIMIT 100 OFFSET {n * 100}", 6))),
    ),
    Case(
        "pages by the last key",
        "",
        web(
            *each(
                8, lambda n: sql(f"SELECT * FROM t WHERE id > {n * 100} ORDER BY id LIMIT 100", 6)
            )
        ),
    ),
    Case(
        "pages of one shop by the last key",
        "",
        web(
            *each(
                8,
                lambda n: sql(
                    "SELECT * FROM t WHERE shop = ? AND id > ? ORDER BY id LIMIT ?", 6, rows=500
                ),
            )
        ),
    ),
    Case("a streaming cursor", "", web(*each(20, lambda n: sql("FETCH FORWARD 100 FROM c_1", 6)))),
    Case(
        "rows fetched by the driver",
        "",
        web(*each(20, lambda n: sql(BAKER, 6, name="postgres.query.fetchmany"))),
    ),
    Case("a scan by its cursor", "", web(*each(20, lambda n: redis("SCAN", 3)))),
    Case("commits", "", web(*each(12, lambda n: sql("COMMIT", 4)))),
    Case(
        "a connection's ping before each use",
        "",
        web(*each(12, lambda n: sql("SELECT 1", 3)), ms=30),
    ),
    Case("savepoints", "", web(*each(12, lambda n: sql(f"SAVEPOINT sa_savepoint_{n}", 3)), ms=30)),
    Case(
        "polling for a job",
        "",
        web(*each(10, lambda n: [sql("SELECT state FROM job WHERE id = ?", 20), sleep(100)])),
    ),
    Case("waiting for messages", "", web(*each(8, lambda n: redis("BLPOP", 50)))),
    Case(
        "commands in a pipeline",
        "",
        web(redis("PIPELINE", 0.3, *each(30, lambda n: redis("GET", 0.5))), ms=20),
    ),
    Case(
        "one query in each of several requests",
        "sequential_fan_out",
        web(*each(8, lambda n: call("GET /taste", 1, web(sql(BAKER, 3), ms=10, service="taster")))),
    ),
    Case(
        "one query for each message",
        "",
        step("worker", *each(8, lambda n: step("process", sql(BAKER, 3), kind="consumer", ms=9))),
    ),
    Case(
        "failed ones",
        "",
        web(*each(8, lambda n: [sql("SELECT * FROM t WHERE id = ?", 4, error=1), work(20)])),
    ),
    Case(
        "four in each of two",
        "",
        web(*each(2, lambda n: step("part", *each(4, lambda m: sql(BAKER, 3)))), ms=30),
    ),
    Case(
        "bulk requests to Elasticsearch",
        "",
        web(*each(8, lambda n: sql("POST /donuts/_bulk", 9, type="elasticsearch"))),
    ),
    Case(
        "batches of DynamoDB",
        "",
        web(*each(8, lambda n: sql("dynamodb.batchgetitem", 9, type="dynamodb"))),
    ),
]
