"""Whether a service answers: asked again and again, without ever waiting for an answer."""

from __future__ import annotations

import errno
import os
import re
import socket
import time

from tutor.ports import LOOPBACK
from tutor.supervisor.service import Service

TIMEOUT_S = 5.0
"""The time after which a ping without an answer is given up, and another one sent."""
MAX_ANSWER_BYTES = 4096
"""How much of an answer is read: its status, and the sentence that says what is wrong."""

CONNECTED = (0, errno.EISCONN)
CONNECTING = (errno.EINPROGRESS, errno.EALREADY, errno.EWOULDBLOCK)
GOOD_REDIS_ANSWERS = ("+PONG", "-NOAUTH")
STATUS_LINE = re.compile(r"HTTP/1\.\d (\d{3})")
SENTENCE = re.compile(r'"error": ?"([^"]*)"')


class Pings:
    """The pings of one service, of which one at most is on its way.

    Nothing here blocks and nothing raises, so that one service that hangs keeps nobody from looking
    after the others.
    """

    def __init__(self, service: Service) -> None:
        self.is_ready = False
        """Whether the last answer was a good one."""
        self.complaint = ""
        """What is wrong, as the end of a sentence; "" if the last ping was answered."""
        self._service = service
        self._failing_since: float | None = None
        """When the first of the pings that failed in a row was sent (monotonic seconds)."""
        self._socket: socket.socket | None = None
        self._sent_at = 0.0
        self._is_sent = False
        self._received = b""

    def update(self, every_s: float = 0) -> None:
        """See whether the answer is there; send the next ping if it is due, `every_s` seconds after
        the one before."""
        now = time.monotonic()
        if self._socket is None and now >= self._sent_at + every_s:
            self._connect(now)
        if self._socket is not None:
            try:
                self._exchange(self._socket)
            except BlockingIOError:
                if now - self._sent_at > TIMEOUT_S:
                    self._fail("does not answer")
            except OSError as problem:
                self._fail(f"does not answer ({problem.strerror or problem})")

    def failing_s(self) -> float:
        """Return for how long it has been failing, in seconds; 0 if the last ping was answered."""
        return 0 if self._failing_since is None else time.monotonic() - self._failing_since

    def forget(self) -> None:
        """Begin anew: the process is another one."""
        self.is_ready, self.complaint, self._failing_since = False, "", None
        self._close()

    def _connect(self, now: float) -> None:
        try:
            connection = socket.socket()
        except OSError:  # too many open files here: the service is not to blame
            return
        connection.setblocking(False)
        self._socket, self._sent_at, self._is_sent, self._received = connection, now, False, b""

    def _exchange(self, connection: socket.socket) -> None:
        """Send what is not sent yet, and read what has come.

        Raises `BlockingIOError` if there is more to wait for, `OSError` if nobody is there.
        """
        if not self._is_sent:
            address = (LOOPBACK, self._service.port)
            connection.connect_ex(address)
            code = connection.connect_ex(address)  # how did it go? On one machine it takes no time
            if code in CONNECTING:
                raise BlockingIOError(code, "not connected yet")
            if code not in CONNECTED:
                raise OSError(code, os.strerror(code))
            connection.sendall(self._request())
            self._is_sent = True
        while len(self._received) < MAX_ANSWER_BYTES:
            piece = connection.recv(MAX_ANSWER_BYTES)
            self._received += piece
            self._judge(is_all=not piece)
            if self._socket is None:
                return
        self._judge(is_all=True)

    def _request(self) -> bytes:
        if not self._service.ready_path:
            return b"PING\r\n"
        return (  # unsampled, so that it leaves no trace
            f"GET {self._service.ready_path} HTTP/1.0\r\nHost: {LOOPBACK}\r\n"
            f"traceparent: 00-{'f' * 32}-{'f' * 16}-00\r\n\r\n"
        ).encode()

    def _judge(self, is_all: bool) -> None:
        """Note what the answer says, if enough of it is there: a 503 is read to its end."""
        text = self._received.decode("utf-8", "replace")
        first_line, newline, _ = text.partition("\r\n")
        if not newline:
            if is_all:
                self._fail("does not answer (it hangs up)")
            return
        status = STATUS_LINE.match(first_line)
        if status and status[1] == "503":
            if is_all:
                sentence = SENTENCE.search(text)
                self._fail("answers 503" + (f": {sentence[1]}" if sentence else ""))
            return
        self.complaint, self._failing_since = "", None
        self.is_ready = status[1] == "200" if status else first_line.startswith(GOOD_REDIS_ANSWERS)
        self._close()

    def _fail(self, complaint: str) -> None:
        self.is_ready, self.complaint = False, complaint
        if self._failing_since is None:
            self._failing_since = self._sent_at
        self._close()

    def _close(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None
