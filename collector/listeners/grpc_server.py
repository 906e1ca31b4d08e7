"""A port for OTLP over gRPC, if `grpcio` is installed: the base installation does without it.

What arrives stays bytes here, so that the one reader of OTLP reads it, within its limits. gRPC's
own decompression has none: a message of a few kilobytes could fill the memory.
"""

from __future__ import annotations

import os
import shlex
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from collector import limits
from collector.listeners.ports import Receiver
from collector.listeners.sockets import addresses, bound_sockets

SERVICE, METHOD = "opentelemetry.proto.collector.trace.v1.TraceService", "Export"
THREADS = 4
"""Messages that are received and read at the same time: each may be as large as a body by HTTP."""
MAX_CALLS = 64
"""Calls that have begun; any more are told to come again."""
MAX_CONNECTION_AGE_S = 300
"""Time after which clients are asked to connect anew, ..."""
MAX_CALL_S = 30
"""... and a call may still take so long: else a few slow senders could hold all threads."""
STOP_S = 12.0
"""Time that calls have to finish at the end; the store may take 10 s to answer."""
_IDENTITY, _GZIP = 1 << 0, 1 << 2
_NOT_INSTALLED = (
    "port {port} for OpenTelemetry by gRPC needs grpcio, which is not installed here: run"
    " `{python} -m pip install grpcio`, or send by HTTP"
)


class GrpcNotInstalledError(Exception):
    """`grpcio` is not there; the message says what to do."""


class GrpcAnswer(NamedTuple):
    """What a call returns."""

    body: bytes = b""
    code: int = 0
    """gRPC's number of a status; 0 is OK."""
    message: str = ""
    trailers: tuple[tuple[str, bytes], ...] = ()
    """More about a status that is not OK."""


class GrpcListener:
    """Takes calls of OTLP's one method."""

    def __init__(
        self, receiver: Receiver, host: str, port: int, answer: Callable[[bytes], GrpcAnswer]
    ) -> None:
        """Listen on the port, 0 for any that is free. `answer` gets each message as it was sent,
        that is, compressed with gzip or not.

        Raises `GrpcNotInstalledError`, and `OSError` if the port cannot be listened on.
        """
        self.name = receiver.name
        self.dropped = 0
        grpc = _library(receiver)
        codes = {code.value[0]: code for code in grpc.StatusCode}

        def export(message: bytes, call: Any) -> bytes:
            answered = answer(message)
            if answered.code:
                call.set_trailing_metadata(answered.trailers)
                call.abort(codes[answered.code], answered.message)
            return answered.body

        # Without functions that turn messages into objects, both are bytes.
        method = grpc.unary_unary_rpc_method_handler(export)
        self._server = grpc.server(
            ThreadPoolExecutor(THREADS, thread_name_prefix=f"takes {receiver.name}"),
            handlers=(grpc.method_handlers_generic_handler(SERVICE, {METHOD: method}),),
            maximum_concurrent_rpcs=MAX_CALLS,
            options=(
                ("grpc.max_receive_message_length", limits.BODY_BYTES),
                ("grpc.per_message_decompression", 0),
                ("grpc.compression_enabled_algorithms_bitset", _IDENTITY | _GZIP),
                ("grpc.max_connection_age_ms", MAX_CONNECTION_AGE_S * 1000),
                ("grpc.max_connection_age_grace_ms", MAX_CALL_S * 1000),
                ("grpc.so_reuseport", 0),  # a port that is taken is an error
            ),
        )
        self.port = self._listen(host, port)

    def start(self) -> None:
        """Begin to take calls."""
        self._server.start()

    def stop(self) -> None:
        """Take no more calls, and answer those that have begun."""
        self._server.stop(STOP_S).wait()

    def problem(self) -> str:
        """Return "": its threads end with each call."""
        return ""

    def _listen(self, host: str, port: int) -> int:
        """Listen on a port, 0 for any; return which it is. Raises `OSError` if it is taken."""
        for free in bound_sockets(host, port, socket.SOCK_STREAM):
            free.close()  # it is the error that we want: gRPC itself does not say why
        for family, _, _, name in addresses(host, port, socket.SOCK_STREAM):
            address = f"[{name[0]}]:{port}" if family == socket.AF_INET6 else f"{name[0]}:{port}"
            try:
                port = self._server.add_insecure_port(address)
            except RuntimeError as problem:
                raise OSError(str(problem)) from None
        return port


def _library(receiver: Receiver) -> Any:
    """Return the module `grpc`. Raises `GrpcNotInstalledError` if there is none."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # what is wrong is said in our own words
    try:
        import grpc
    except ImportError:
        message = _NOT_INSTALLED.format(
            port=receiver.usual_port, python=shlex.quote(sys.executable)
        )
        raise GrpcNotInstalledError(message) from None
    return grpc
