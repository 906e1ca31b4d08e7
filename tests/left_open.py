"""What an error path leaves open: a database, a connection, a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psutil


@contextmanager
def nothing_left_open() -> Iterator[None]:
    """Assert that this process has as many files open after the `with` block as before it.

    Have the block end while the exception still exists (`pytest.raises` keeps it): its traceback
    holds every local variable, so that nothing closes by itself, whatever the version of Python.
    """
    before = psutil.Process().num_fds()
    yield
    assert psutil.Process().num_fds() == before
