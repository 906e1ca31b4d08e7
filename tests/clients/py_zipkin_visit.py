"""A visit traced by py_zipkin, whose request carries B3; prints the trace's id.

Run by test_many_systems.py with the Python of the environment `py-zipkin`. Its arguments say whom
to ask, where to send spans, and how many bits a trace id has.
"""

from __future__ import annotations

import sys
import urllib.request

from py_zipkin import Encoding
from py_zipkin.request_helpers import create_http_headers
from py_zipkin.zipkin import zipkin_client_span, zipkin_span

URL, COLLECTOR_URL, ID_BITS = sys.argv[1], sys.argv[2], int(sys.argv[3])
WAIT_S = 20


def main() -> None:
    """Ask once, as one trace."""
    with (
        zipkin_span(
            service_name="visitor",
            span_name="visit",
            transport_handler=send,
            sample_rate=100.0,
            encoding=Encoding.V2_JSON,
            use_128bit_trace_id=ID_BITS == 128,
        ) as visit,
        zipkin_client_span(service_name="visitor", span_name="GET"),
    ):
        request = urllib.request.Request(URL, headers=create_http_headers())
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            answer.read()
    print(visit.zipkin_attrs.trace_id)


def send(body: str) -> None:
    """Post spans to the collector."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{COLLECTOR_URL}/api/v2/spans", body.encode(), headers)
    with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
        assert answer.status == 202


main()
