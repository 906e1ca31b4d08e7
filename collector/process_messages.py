"""Messages between processes, through a pair of sockets."""

from __future__ import annotations

import socket
import struct
from multiprocessing.connection import Connection


def messages_through(ours: socket.socket, stall_s: float) -> Connection:
    """Return the way to a process for messages, through our end of a pair of sockets.

    Reading and writing raise `BlockingIOError` once no byte has passed for `stall_s` (SO_RCVTIMEO,
    see socket(7)): a process may be stopped in the middle of a message. Once we have been stopped
    ourselves, as by Ctrl-Z, that time begins anew.
    """
    limit = struct.pack("ll", int(stall_s), int(stall_s % 1 * 1e6))
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        ours.setsockopt(socket.SOL_SOCKET, option, limit)
    return Connection(ours.detach())
