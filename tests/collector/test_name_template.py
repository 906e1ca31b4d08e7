"""Names of one kind have one template, names of two kinds have two."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collector.name_template import HIDDEN, template_of

UUID = "3f2b8c1e-9d4a-4b7e-8f6a-1c2d3e4f5a6b"

TEMPLATES = {
    "GET /taste/7": "GET /taste/?",
    "GET /taste/7/reviews/12.json": "GET /taste/?/reviews/?.json",
    f"GET /orders/{UUID}": "GET /orders/?",
    f"GET /orders/{UUID.upper()}/lines": "GET /orders/?/lines",
    f"GET /orders/{UUID.replace('-', '')}": "GET /orders/?",
    "GET /blobs/9b2f4c1a": "GET /blobs/?",
    "GET /beers/507f1f77bcf86cd799439011": "GET /beers/?",
    "GET /customers/cus_9s6XKzkNRiz8i3": "GET /customers/cus_?",
    "GET /v1.1/beers/7": "GET /v1.1/beers/?",
    "GET /api/2/beers/7": "GET /api/2/beers/?",
    "GET /beers/Pale%20Ale/reviews": "GET /beers/?/reviews",
    "GET /beers/%F0%9F%8D%A9": "GET /beers/?",
    "GET /beers?name=Pale%20Ale&page=3": "GET /beers?name=?&page=?",
    "http://127.0.0.1:5001/taste/7": "http://127.0.0.1:5001/taste/?",
    "GET /days/2026-11-26": "GET /days/?",
    "since 2026-11-26T08:06:54.123Z": "since ?",
    "logs-2026.11.26/_search": "logs-?/_search",
    "load baker 7": "load baker ?",
    "worker-3": "worker-?",
    "task_17": "task_?",
    "order98765": "order?",
    "baker 0x1F": "baker ?",
    "GET user:17:profile": "GET user:?:profile",
    "MGET user:1 user:2 user:3": "MGET user:?",
    "find 'ipa' in 'stout'": "find ? in ?",
    '{"find": "beers", "filter": {"_id": "5a"}}': '{"find": ?, "filter": {"_id": ?}}',
    "SELECT * FROM baker WHERE id = 7": "SELECT * FROM baker WHERE id = ?",
    "SELECT * FROM t WHERE x = -7.5 AND y > 1e5": "SELECT * FROM t WHERE x = ? AND y > 1e5",
    "SELECT * FROM beer WHERE name = 'it''s \\'x\\' 7'": "SELECT * FROM beer WHERE name = ?",
    'SELECT * FROM beer WHERE name = "ipa"': "SELECT * FROM beer WHERE name = ?",
    "SELECT * FROM beer WHERE id IN (1, 2, 3)": "SELECT * FROM beer WHERE id IN (?)",
    "SELECT * FROM beer WHERE id IN (?, ?, ?, ?)": "SELECT * FROM beer WHERE id IN (?)",
    "SELECT * FROM beer WHERE id IN (%(a_1)s, %(a_2)s)": "SELECT * FROM beer WHERE id IN (?)",
    "SELECT * FROM beer WHERE id IN ($1::INTEGER, $2::INTEGER)": (
        "SELECT * FROM beer WHERE id IN (?::INTEGER)"
    ),
    "SELECT * FROM t WHERE (a, b) IN ((1, 2), (3, 4))": "SELECT * FROM t WHERE (a, b) IN ((?))",
    "INSERT INTO t (a, b) VALUES (1, 'x'), (2, NULL)": "INSERT INTO t (a, b) VALUES (?)",
    "INSERT INTO t (a, b) VALUES (?, now()), (?, now()) RETURNING id": (
        "INSERT INTO t (a, b) VALUES (?, now()) RETURNING id"
    ),
    "SELECT * FROM t WHERE id IN (1, 2, 3, 4, 5…": "SELECT * FROM t WHERE id IN (?…",
    "SAVEPOINT sa_savepoint_12": "SAVEPOINT ?",
    "EXECUTE stmt_7 (1, 2)": "EXECUTE ? (?)",
    "SELECT 1 /* traceparent='00-ab-01' */": "SELECT ? /* traceparent=? */",
}

ALIKE = {
    "are kinds of their own": """/v1/beers|sha256|p95|utf8|http2|beer.name|S3|ipv4|GET 404|GET 405
        |us-east-1|us-east-2|HTTP/1.1|iso-8859-1|utf-8|sha-256|x86_64|step 2|oauth2|log4j|k8s|GET
        |GET /beers|GET /v1alpha3/beers|GET /2fa|face2face|deadbeef|o'brien's choice|python3.11
        |GET /beers/<name>|GET /beers/{id}|GET /beers/:id|redis.command|neo4j|TLS 1.3|base64""",
    "are columns and tables": """SELECT baker_1.id AS baker_1_id FROM baker AS baker_1
        |SELECT "beer"."id" FROM "beer" WHERE "beer"."id" = "donut"."beer_id"
        |SELECT `beer`.`x1` FROM `beer`|SELECT address2 FROM t2|SELECT t1.a FROM t1 JOIN t2
        |SELECT a FROM t WHERE id = ?|COMMIT|SELECT b FROM t LIMIT ? OFFSET ?""",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_ids_and_literals_are_hidden(name: str) -> None:
    assert template_of(name) == TEMPLATES[name]


@pytest.mark.parametrize("name", [n.strip() for names in ALIKE.values() for n in names.split("|")])
def test_a_number_that_says_what_is_meant_stays(name: str) -> None:
    assert template_of(name) == name


PIECES = (
    *("SELECT ", "VALUES ", "IN (", "(", ")", ", ", "?", "'", '"', "\\", "-", " ", "/", "%20"),
    *("7", "12345", "a1b2c3d4", "step", "_", ":", "NULL", "v1.1", ".", "$1", "=", UUID, "%s"),
    *("x", "E'", "DELETE /", "://", "::int", "SAVEPOINT ", "\n", "2026-11-26"),
)
names = st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=40)


@settings(max_examples=150)
@given(names)
@example("SELECT VALUES (NULL), (7")
def test_a_template_is_its_own_template(name: str) -> None:
    assert template_of(template_of(name)) == template_of(name)


@settings(max_examples=150)
@given(names)
def test_up_to_what_is_hidden_a_template_is_as_its_name(name: str) -> None:
    template = template_of(name)
    if template != name:
        assert HIDDEN in template
        assert name.startswith(template[: template.index(HIDDEN)])


@pytest.mark.parametrize("piece", ["'", "(", "(?, ?), ", "1.", "a%2", "0 , ", "\\", "IN (", "a1/"])
def test_a_hostile_name_takes_no_longer_than_any_other(piece: str) -> None:
    """In quadratic time, a single one of these would take minutes."""
    for start in ("SELECT ", "GET /"):
        name = start + piece * (50_000 // len(piece))
        assert len(template_of(name)) <= len(name)
