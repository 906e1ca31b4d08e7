"""Apps that start quickly, for the tests that need many of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.course.warm import WarmChild


@pytest.fixture(scope="module")
def warm_apps() -> Iterator[None]:
    """Fork the apps of temporary stacks from a process that has imported their libraries."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tutor.sandbox.temporary_stack.Child", WarmChild)
        yield
