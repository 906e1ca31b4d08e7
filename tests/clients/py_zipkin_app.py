"""A program traced by py_zipkin, old or new; prints its spans as they should be read back.

Run by test_zipkin_clients.py with the Python of the environment `py-zipkin` or `py-zipkin-thrift`.
Its arguments say how it writes spans (the name of one of py_zipkin's encodings), by which of the
`TRANSPORTS` it sends them, to which port, and how many bits a trace id has.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from contextlib import suppress
from threading import Thread
from typing import Any

from py_zipkin import Encoding, Kind, logging_helper
from py_zipkin.transport import SimpleHTTPTransport
from py_zipkin.util import ZipkinAttrs
from py_zipkin.zipkin import zipkin_client_span, zipkin_span

ENCODING, TRANSPORT = Encoding[sys.argv[1]], sys.argv[2]
PORT, IS_128_BIT = int(sys.argv[3]), sys.argv[4] == "128"
IS_V1 = ENCODING.name.startswith("V1")
WAIT_S = 20.0
LIST_OF_ONE = b"\x0c\x00\x00\x00\x01"
"""Head of a list in Thrift, as a transport had to write it before py_zipkin did."""
MESSAGES = [("publish", Kind.PRODUCER), ("receive", Kind.CONSUMER)]
if ENCODING is Encoding.V1_THRIFT:
    MESSAGES.clear()  # what py_zipkin 0.20 cannot write
SAYS_NOTHING = "query" if ENCODING is Encoding.V1_JSON else ""
"""The span without annotations, which have the address in that encoding."""
_US = 1_000


def post_as_in_2017(encoded: bytes) -> None:
    """Post spans as the documentation of the first versions says, with a list's head of its own."""
    url = f"http://127.0.0.1:{PORT}/api/v1/spans"
    headers = {"Content-Type": "application/x-thrift"}
    request = urllib.request.Request(url, LIST_OF_ONE + encoded, headers)
    with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
        assert answer.status == 202


TRANSPORTS = {"simple": SimpleHTTPTransport("127.0.0.1", PORT), "2017": post_as_in_2017}
SENDING = {"transport_handler": TRANSPORTS[TRANSPORT], "encoding": ENCODING}


def main() -> None:
    """Make a trace through two services, send both halves of it, and print what it was."""
    spans: list[Any] = []
    add = logging_helper.ZipkinBatchSender.add_span
    logging_helper.ZipkinBatchSender.add_span = lambda sender, span: (
        spans.append(span),
        add(sender, span),
    )
    with zipkin_span(
        service_name="visitor",
        span_name="visit",
        sample_rate=100.0,
        use_128bit_trace_id=IS_128_BIT,
        port=65_535,
        host="10.0.0.1",
        binary_annotations={"größe": "\N{BEER MUG} ½", "rows": "60", "nothing": ""},
        annotations={"hops added": 1_795_174_407.5},
        **SENDING,
    ):
        with zipkin_client_span("visitor", "ask") as ask:
            ask.add_sa_binary_annotation(80, "taster", "10.0.0.2")
            server = Thread(target=_serve, args=(ask.zipkin_attrs,))
            server.start()
            server.join(WAIT_S)
        for name, kind in MESSAGES:
            with zipkin_span("visitor", name, kind=kind):
                pass
        with suppress(ValueError), zipkin_span("visitor", "broken") as broken:
            broken.add_annotation("foam")
            raise ValueError("no such beer")
    json.dump([_expected(span) for span in spans], sys.stdout)


def _serve(context: ZipkinAttrs) -> None:
    """Answer as another service, whose span is the client's: it is sent before the client's."""
    with zipkin_span("taster", "taste", zipkin_attrs=context, host="10.0.0.2", port=80, **SENDING):
        _query()


@zipkin_span("taster", "query")  # type: ignore[untyped-decorator]
def _query() -> None:
    """Do a part of the work."""


def _expected(span: Any) -> dict[str, object]:
    start, duration = _microseconds(span.timestamp), _microseconds(span.duration)
    if IS_V1 and span.shared:  # it has no times of its own, but those of its annotations
        duration = _microseconds(span.timestamp + span.duration) - start
    here, there = span.local_endpoint, span.remote_endpoint
    tags = {
        **span.tags,
        "span.kind": (span.kind.value or "").lower(),
        "zipkin.shared": "true" if span.shared else "",
    }
    if span.name != SAYS_NOTHING:
        tags |= {"net.host.ip": here.ipv4, "net.host.port": here.port}
    if there:
        tags |= {
            "peer.service": there.service_name,
            "net.peer.ip": there.ipv4,
            "net.peer.port": there.port,
        }
    return {
        "trace_id": span.trace_id.rjust(32, "0"),
        "id": span.span_id,
        "parent_id": span.parent_id,
        "service": here.service_name,
        "name": span.name,
        "start": str(start * _US),
        "duration": duration * _US,
        "error": int("error" in span.tags),
        "tags": {key: value for key, value in tags.items() if value or key in span.tags},
        "events": [
            {"time": str(_microseconds(time) * _US), "name": name, "attributes": {}}
            for name, time in span.annotations.items()
        ],
        "links": [],
    }


def _microseconds(seconds: float) -> int:
    """Return a time as this encoding rounds it."""
    return int(seconds * 1000 * 1000 if ENCODING is Encoding.V2_PROTO3 else seconds * 1_000_000)


main()
