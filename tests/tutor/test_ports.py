"""Free ports, taken ports, and who holds them."""

from __future__ import annotations

import os
import socket

import pytest

from tutor import ports


@pytest.fixture(params=["127.0.0.1", "0.0.0.0"])  # noqa: S104
def taken(request):
    with socket.socket() as listener:
        listener.bind((request.param, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_in_use_is_not_free(taken):
    assert not ports.is_free(taken)


def test_a_free_port_is_free(free_port):
    assert ports.is_free(free_port)


def test_the_next_free_port_skips_taken_and_reserved_ones(taken):
    first = ports.next_free(taken)
    assert first > taken
    assert ports.next_free(taken, reserved={first}) > first


def test_the_search_for_a_free_port_ends(taken):
    with pytest.raises(OSError, match=f"no free port between {taken} and {taken}"):
        ports.next_free(taken, tries=1)


def test_the_holder_is_named(taken):
    assert f"(process {os.getpid()})" in ports.holder(taken)


def test_a_port_without_a_visible_holder(free_port):
    assert ports.holder(free_port) == "a program of another user"
