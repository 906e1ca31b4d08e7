"""The answer about a large trace in a file beside its partition: derived data, which can be made
again.

Losing one costs time, never data. So nothing waits for the disk here, and a file with which
anything is wrong counts as none. They are deleted together with the partition.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from pathlib import Path

from collector.store.partition import Partition

FORMAT = 1
"""The version of the answers, and of the analysis in them. Those of another one are not used."""
MAX_BYTES = 16 * 1024 * 1024
"""Size of the largest file; 100,000 spans take 1.4 MB."""
_LEVEL = 1


def answer_path(partition: Partition, row: int) -> Path:
    """Return where the answer about trace number `row` is kept."""
    return partition.path.with_suffix(f".{row}.answer")


def read_answer(partition: Partition, row: int, version: str) -> bytes | None:
    """Return the answer about trace number `row` as it was kept; None if there is none, or one
    about another version of the trace."""
    try:
        head, packed = answer_path(partition, row).read_bytes().split(b"\n", 1)
        return zlib.decompress(packed) if head == _head(partition, version) else None
    except (OSError, ValueError, zlib.error):
        return None


def keep_answer(partition: Partition, row: int, version: str, answer: bytes) -> None:
    """Keep the answer about trace number `row`, unless it is too large. Raises `OSError` if it
    cannot be written."""
    packed = zlib.compress(answer, _LEVEL)
    if len(packed) > MAX_BYTES or not partition.is_in_place():
        return
    path = answer_path(partition, row)
    new_path = path.with_suffix(".new")
    try:
        new_path.write_bytes(_head(partition, version) + b"\n" + packed)
        new_path.rename(path)
    except OSError:
        with suppress(OSError):
            new_path.unlink(missing_ok=True)
        raise


def _head(partition: Partition, version: str) -> bytes:
    """Return the first line of a file, which says what it is about: the partition's mark tells it
    from any other that had its name."""
    return f"{FORMAT} {partition.mark} {version}".encode()
