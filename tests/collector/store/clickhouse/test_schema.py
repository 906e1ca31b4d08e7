"""The schema is told to each version in the words that it knows."""

from __future__ import annotations

from collector.store.clickhouse.schema import FILE, replicated, statements


def test_later_versions_are_told_more() -> None:
    text = "-- a; comment\nA /*+20.3 B */ C; D /*+19.14 E( */ F /*+19.14 ) */;"
    assert statements(text, (18, 16)) == ["A  C", "D  F"]
    assert statements(text, (20, 1)) == ["A  C", "D E(  F )"]
    assert statements(text, (20, 3)) == ["A B  C", "D E(  F )"]


def test_codecs_are_for_those_who_have_them() -> None:
    text = FILE.read_text(encoding="utf-8")
    for version, has_codecs in (((18, 16), False), ((26, 9), True)):
        told = " ".join(statements(text, version))
        assert ("CODEC" in told) is has_codecs
        assert told.count("(") == told.count(")")
        assert "/*" not in told


def test_replicas_have_the_same_tables_under_one_path() -> None:
    made = [replicated(told, "tracing") for told in statements(FILE.read_text("utf-8"), (26, 9))]
    path = "'/clickhouse/tables/{shard}/tracing/%s', '{replica}'"
    assert f"ENGINE = ReplicatedMergeTree({path % 'span'})" in made[0]
    assert f"ENGINE = ReplicatedReplacingMergeTree({path % 'service'}, last_seen)" in made[1]
    assert all(told.count("Replicated") == 1 for told in made)
