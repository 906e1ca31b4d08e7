"""Sending X-Ray's segment documents, each a datagram, as its daemon takes them."""

from __future__ import annotations

import socket
import time

from collector.files.writers import xray
from collector.forward.sending import NotNowError
from collector.forward.target import Target
from collector.model import Chunk

HEADER = b'{"format":"json","version":1}\n'
MAX_BYTES = 65_000
"""Size of a datagram, a little below what UDP can carry."""
BURST = 50
"""Datagrams sent one after the other: more than a receiver has room for are lost without a word."""
PAUSE_S = 0.005


class UdpSender:
    """Sends batches to one target. Nobody says what has arrived."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def send(self, chunks: list[Chunk]) -> int:
        """Send a batch; return how many of its spans are too large for a datagram.

        Raises `NotNowError` if nothing listens there, as far as that can be known.
        """
        documents = list(xray.documents(chunks))
        fitting = [HEADER + each for each in documents if len(HEADER) + len(each) <= MAX_BYTES]
        try:
            info = socket.getaddrinfo(self._target.host, self._target.port, type=socket.SOCK_DGRAM)
            family, kind, protocol, _, address = info[0]
            with socket.socket(family, kind, protocol) as connection:
                connection.connect(address)  # so that we hear of it if nothing listens there
                for number, datagram in enumerate(fitting, 1):
                    connection.send(datagram)
                    if number % BURST == 0:
                        time.sleep(PAUSE_S)
        except OSError as problem:
            raise NotNowError(f"not sent: {problem.strerror or problem}") from None
        return len(documents) - len(fitting)
