"""What lessons change, in the operations that traces show."""

from __future__ import annotations

from typing import Any

from tutor.compare import lesson_changes


def operation(name: str, times: int = 1, ways: str = "scale batch parallel", calls: float = 1):
    return {
        "service": "web",
        "name": name,
        "resource": "GET",
        "times": times,
        "calls": calls,
        "ways": ways.split(),
        "type": "sql" if name == "sqlalchemy.query" else "http",
    }


def test_lessons_change_what_the_traces_show() -> None:
    operations = [
        operation("sqlalchemy.query", 60),
        operation("redis.command", 4),
        operation("requests.request", 12, ways="scale"),
        operation("palate.taste", calls=12),
        operation("match"),
        operation("palate.wait"),
    ]

    def named(changes: list[dict[str, Any]]) -> list[tuple[str, str]]:
        return [(change["name"], change["way"]) for change in changes]

    assert named(lesson_changes.batch(operations)) == [("sqlalchemy.query", "batch")]
    assert named(lesson_changes.parallel(operations)) == [("palate.taste", "parallel")]
    assert named(lesson_changes.cache(operations)) == [("match", "cache")]
    assert named(lesson_changes.no_waiting(operations)) == [("palate.wait", "scale")]
    assert lesson_changes.no_waiting(operations)[0]["factor"] == 0
    assert lesson_changes.index(operations) == [], "there is no other query to compare with"


def test_an_index_makes_the_slowest_query_as_quick_as_the_quickest() -> None:
    queries = [
        operation("sqlalchemy.query", calls=2) | {"critical_mean": 40e6},
        operation("beer") | {"type": "sql", "critical_mean": 2e6},
        operation("redis.command") | {"type": "redis", "critical_mean": 1e6},
    ]
    (change,) = lesson_changes.index(queries)
    assert (change["name"], change["way"], change["factor"]) == ("sqlalchemy.query", "scale", 0.1)
