"""Free ports, taken ports, and who holds them."""

from __future__ import annotations

import os
import socket
import threading
import time

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
    assert ports.holder(free_port) == "something that this system does not name"


@pytest.fixture
def outgoing():
    """A connection from this process, which has a port at its own end, and what it leads to."""
    own_end = ("127.0.0.1", ports.any_free())  # of its own: two connections may share one
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), source_address=own_end) as near,
    ):
        far, _ = server.accept()
        yield near, far
        far.close()


def test_a_connection_that_has_the_port_at_its_end_is_no_server(outgoing):
    near, far = outgoing
    port, peer = near.getsockname()[1], far.getsockname()[1]
    assert not ports.is_free(port)
    assert not ports.answers(port)
    assert ports.holder(port).startswith(f"a connection to 127.0.0.1:{peer} of ")
    assert f"(process {os.getpid()})" in ports.holder(port)


def test_a_port_is_waited_for_if_only_a_connection_has_it(outgoing):
    near, far = outgoing
    port = near.getsockname()[1]
    assert not ports.wait_until_free(port, timeout_s=0.1)

    def hang_up():
        far.close()  # first, so that the far end keeps the port for a minute, and not this one
        near.close()

    threading.Timer(0.2, hang_up).start()
    assert ports.wait_until_free(port, timeout_s=10)


def test_a_connection_that_has_ended_is_named_as_what_it_is(outgoing):
    near, far = outgoing
    port = near.getsockname()[1]
    near.close()
    far.close()
    assert not ports.is_free(port)
    assert "that has ended" in ports.holder(port)


def test_a_server_is_not_waited_for(taken):
    begun = time.monotonic()
    assert not ports.wait_until_free(taken, timeout_s=60)
    assert time.monotonic() - begun < 30


def test_no_port_is_given_again_before_somebody_can_listen_there(monkeypatch):
    chosen = iter([4711, 4711, 4712])

    class Listener(socket.socket):
        def bind(self, address):
            """Choose a port, as the system does, but the same one twice."""

        def getsockname(self):
            return ports.LOOPBACK, next(chosen)

    monkeypatch.setattr(ports.socket, "socket", Listener)
    assert [ports.any_free(), ports.any_free()] == [4711, 4712]
