"""Answers that are kept beside a partition, and what makes them useless."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.store import answer_file
from collector.store.answer_file import answer_path, keep_answer, read_answer
from collector.store.partition import Partition

ANSWER = b'{"columns": {}}' * 100


@pytest.fixture
def partition(tmp_path: Path) -> Iterator[Partition]:
    partition = Partition.create(tmp_path / "000001.db")
    yield partition
    partition.close()


def test_what_is_kept_is_read_for_the_same_version_of_the_same_trace(partition: Partition) -> None:
    keep_answer(partition, 7, "a-1", ANSWER)
    assert read_answer(partition, 7, "a-1") == ANSWER
    assert read_answer(partition, 7, "a-2") is None
    assert read_answer(partition, 8, "a-1") is None
    keep_answer(partition, 7, "a-2", b"{}")
    assert (read_answer(partition, 7, "a-1"), read_answer(partition, 7, "a-2")) == (None, b"{}")


def test_another_partition_or_program_does_not_take_it(
    partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_answer(partition, 7, "a", ANSWER)
    with monkeypatch.context() as patch:
        patch.setattr(answer_file, "FORMAT", answer_file.FORMAT + 1)
        assert read_answer(partition, 7, "a") is None
    partition.mark += 1
    assert read_answer(partition, 7, "a") is None


@pytest.mark.parametrize("damage", [b"", b"\n", b"{}", "half", "bits"])
def test_a_damaged_file_counts_as_none(partition: Partition, damage: bytes | str) -> None:
    keep_answer(partition, 7, "a", ANSWER)
    path = answer_path(partition, 7)
    whole = path.read_bytes()
    parts = {"half": whole[: len(whole) // 2], "bits": whole[:-1] + bytes([whole[-1] ^ 1])}
    path.write_bytes(parts[damage] if isinstance(damage, str) else damage)
    assert read_answer(partition, 7, "a") is None


def test_it_is_deleted_with_its_partition(partition: Partition, tmp_path: Path) -> None:
    keep_answer(partition, 7, "a", ANSWER)
    partition.delete()
    keep_answer(partition, 8, "a", ANSWER)
    assert list(tmp_path.iterdir()) == []


def test_it_is_not_kept_if_it_is_too_large(
    partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_file, "MAX_BYTES", 10)
    keep_answer(partition, 7, "a", ANSWER)
    assert not answer_path(partition, 7).exists()
