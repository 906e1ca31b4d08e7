"""Talking to a ClickHouse over its HTTP interface, on connections that stay open."""

from __future__ import annotations

import base64
import http.client
import re
import secrets
import ssl
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from collector.store.clickhouse.address import Address
from collector.store.clickhouse.bound_values import BoundValues

CONNECT_TIMEOUT_S = 3.0
"""How long opening a connection may take, and then how long agreeing on TLS."""
ANSWER_TIMEOUT_S = 20.0
"""How long one answer may take; a query is told to give up a little sooner."""
MAX_IDLE_CONNECTIONS = 8
_SHOWN_CHARS = 300
_SETTINGS = {
    "wait_end_of_query": "1",  # so that no answer begins with 200 and ends with an error
    "output_format_json_quote_64bit_integers": "0",
    "max_execution_time": str(int(ANSWER_TIMEOUT_S) - 2),
}
_CODE = re.compile(r"Code: (\d+)")
_DENIED = (192, 193, 194, 516)
_NO_DATABASE = 81
_UNKNOWN_TABLE = 60


class ClickHouseError(Exception):
    """ClickHouse did not do what it was asked to; the message says why and what to do."""

    def __init__(self, message: str, code: int = 0) -> None:
        """`code` is ClickHouse's number of the error, 0 if it did not answer."""
        super().__init__(message)
        self.code = code


class Answer(msgspec.Struct):
    """What a query selects."""

    data: list[list[Any]]
    rows_before_limit_at_least: int = 0
    """How many rows there would be without `LIMIT`; 0 if the query has none. Exact where the query
    has `GROUP BY`."""


_decode = msgspec.json.Decoder(Answer).decode


class Connection:
    """Asks a ClickHouse. Thread-safe: each question takes a connection of its own."""

    def __init__(self, address: Address, settings: Mapping[str, str] | None = None) -> None:
        """Take note of the address; nothing is opened yet. `settings` are ClickHouse's own,
        sent with every question."""
        self.address = address
        credentials = f"{address.user}:{address.password}".encode()
        self._headers = {"Authorization": "Basic " + base64.b64encode(credentials).decode()}
        self._settings = _SETTINGS | dict(settings or {})
        self._tls = ssl.create_default_context() if address.is_secure else None
        self._idle: list[http.client.HTTPConnection] = []
        self._is_closed = False
        self._lock = threading.Lock()

    def rows(self, query: str, values: BoundValues | None = None) -> list[list[Any]]:
        """Return the rows that a query selects. Raises `ClickHouseError`."""
        return self.answer(query, values).data

    def answer(self, query: str, values: BoundValues | None = None) -> Answer:
        """Return what a query selects. Raises `ClickHouseError`."""
        parameters = {"database": self.address.database}
        body, media_type = query.encode(), "text/plain"
        parameters["default_format"] = "JSONCompact"
        if values and (tables := values.tables()):
            for name, (structure, _) in tables.items():
                parameters |= {f"{name}_structure": structure, f"{name}_format": "RowBinary"}
            # Of several parts, the query is the one by that name.
            parts = {"query": body} | {name: content for name, (_, content) in tables.items()}
            body, media_type = _form(parts)
        try:
            return _decode(self._ask(parameters, body, media_type))
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ClickHouseError(
                f"{self.address} did not answer as ClickHouse does; see what listens there"
            ) from None

    def insert(self, into: str, rows: bytes, form: str = "RowBinary") -> None:
        """Insert rows in one of ClickHouse's formats into a table with columns, as `span (start,
        …)`; they are stored when this returns. Raises `ClickHouseError`."""
        statement = f"INSERT INTO {into} FORMAT {form}"
        parameters = {"database": self.address.database, "query": statement}
        self._ask(parameters, rows, "application/octet-stream")

    def command(self, statement: str, database: str | None = None) -> None:
        """Have a statement carried out that returns nothing. Raises `ClickHouseError`."""
        chosen = self.address.database if database is None else database
        self._ask({"database": chosen}, statement.encode(), "text/plain")

    def close(self) -> None:
        """Close the connections that are not in use, and each of the others after its use."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _ask(self, parameters: Mapping[str, str], body: bytes, media_type: str) -> bytes:
        target = "/?" + urlencode(self._settings | dict(parameters))
        headers = self._headers | {"Content-Type": media_type}
        try:
            status, answer = self._exchange(target, body, headers)
        except TimeoutError:
            raise ClickHouseError(
                f"{self.address} has not answered for {ANSWER_TIMEOUT_S:.0f} s; see how busy it is,"
                " or ask for a shorter time"
            ) from None
        except ssl.SSLError as problem:
            reason = getattr(problem, "verify_message", "") or problem.reason
            raise self._no_tls(reason) from None
        except (OSError, http.client.HTTPException) as problem:
            reason = getattr(problem, "strerror", None) or problem or type(problem).__name__
            raise ClickHouseError(
                f"{self.address} cannot be reached: {reason}; see that ClickHouse runs and listens"
                " there with its HTTP interface"
            ) from None
        if status != 200:
            raise self._refusal(answer)
        return answer

    def _exchange(self, target: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Return status and body. A connection that was closed while it was idle is replaced."""
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is not None:
            try:
                return self._exchange_on(connection, target, body, headers)
            except TimeoutError:
                raise
            except (ConnectionError, ssl.SSLError, http.client.HTTPException):
                pass  # whatever it was about to do, doing it again changes nothing
        return self._exchange_on(self._connect(), target, body, headers)

    def _connect(self) -> http.client.HTTPConnection:
        where = self.address.host, self.address.port
        if self._tls:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                *where, timeout=CONNECT_TIMEOUT_S, context=self._tls
            )
        else:
            connection = http.client.HTTPConnection(*where, timeout=CONNECT_TIMEOUT_S)
        try:
            connection.connect()
        except TimeoutError:
            limit = f"within {CONNECT_TIMEOUT_S:.0f} s"
            if connection.sock:
                # Connected. Who expects HTTP may take the greeting for the beginning of a line and
                # wait for the rest.
                raise self._no_tls(f"no answer to its greeting {limit}") from None
            raise OSError(f"nothing answers {limit}") from None
        connection.sock.settimeout(ANSWER_TIMEOUT_S)
        return connection

    def _no_tls(self, reason: str) -> ClickHouseError:
        return ClickHouseError(
            f"{self.address} cannot be talked to in TLS: {reason}; see that TLS is spoken there,"
            " and if its certificate is one of your own, name its file in SSL_CERT_FILE"
        )

    def _exchange_on(
        self,
        connection: http.client.HTTPConnection,
        target: str,
        body: bytes,
        headers: Mapping[str, str],
    ) -> tuple[int, bytes]:
        try:
            connection.request("POST", target, body, dict(headers))
            response = connection.getresponse()
            answer = response.read()
        except BaseException:
            connection.close()
            raise
        with self._lock:
            has_room = len(self._idle) < MAX_IDLE_CONNECTIONS and not self._is_closed
            keep = has_room and not response.will_close
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()
        return response.status, answer

    def _refusal(self, answer: bytes) -> ClickHouseError:
        text = " ".join(answer.decode("utf-8", "replace").split())
        found = _CODE.search(text)
        code = int(found[1]) if found else 0
        said = text[:_SHOWN_CHARS]
        if code in _DENIED:
            said = f"it does not know user {self.address.user!r} with this password; correct them"
        elif code == _NO_DATABASE:
            said = f"it has no database {self.address.database}; start the collector once more"
        elif code == _UNKNOWN_TABLE:
            said = f"its tables are gone; start the collector once more ({said})"
        return ClickHouseError(f"{self.address} refuses: {said}", code)


def _form(parts: Mapping[str, bytes]) -> tuple[bytes, str]:
    """Return a form of several parts (RFC 7578) and its media type."""
    boundary = secrets.token_hex(16).encode()
    body = bytearray()
    for name, content in parts.items():
        # ClickHouse takes a part with a file name for a table, and one without for a parameter.
        file_name = b"" if name == "query" else b'; filename="table"'
        body += b'--%b\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n' % (
            boundary,
            name.encode(),
            file_name,
            content,
        )
    body += b"--%b--\r\n" % boundary
    return bytes(body), f"multipart/form-data; boundary={boundary.decode()}"
