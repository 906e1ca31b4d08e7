"""Sockets for all addresses of a host: the same port at each, or none at all."""

from __future__ import annotations

import errno
import socket

import pytest

from collector.listeners import sockets
from collector.listeners.sockets import addresses, bound_sockets
from tests.left_open import nothing_left_open

KINDS = [socket.SOCK_STREAM, socket.SOCK_DGRAM]
HERE = ("127.0.0.1", "127.0.0.2")


@pytest.fixture
def two_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host with two addresses, whatever this machine's names are."""
    try:
        bound_sockets(HERE[1], 0, socket.SOCK_STREAM)[0].close()
    except OSError:  # macOS
        pytest.skip(f"{HERE[1]} is no address of this machine")
    monkeypatch.setattr(
        sockets,
        "addresses",
        lambda host, port, kind: [(socket.AF_INET, kind, 0, (ip, port)) for ip in HERE],
    )


@pytest.mark.parametrize("kind", KINDS)
def test_all_addresses_have_the_same_port(two_addresses: None, kind: socket.SocketKind) -> None:
    opened = bound_sockets("", 0, kind)
    names = [each.getsockname() for each in opened]
    for each in opened:
        each.close()
    assert [name[0] for name in names] == list(HERE)
    assert names[0][1] == names[1][1] > 0


@pytest.mark.parametrize("kind", KINDS)
def test_if_one_is_taken_none_is_open(two_addresses: None, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.2", 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        port = holder.getsockname()[1]
        with nothing_left_open(), pytest.raises(OSError, match="in use") as taken:
            bound_sockets("", port, kind)
        assert taken.value.errno == errno.EADDRINUSE


def test_each_address_is_there_once() -> None:
    found = addresses("localhost", 80, socket.SOCK_STREAM)
    assert found
    assert len({name for _, _, _, name in found}) == len(found)
