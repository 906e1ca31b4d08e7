"""A visit traced by X-Ray's SDK, whose request carries `X-Amzn-Trace-Id`; prints the trace's id.

Run by test_many_systems.py with the Python of the environment `opentracing`. Its arguments say whom
to ask, and to which port to send spans.
"""

from __future__ import annotations

import sys
import urllib.request

from aws_xray_sdk.core import xray_recorder as recorder
from aws_xray_sdk.ext.util import inject_trace_header

URL, PORT = sys.argv[1], int(sys.argv[2])
WAIT_S = 20


def main() -> None:
    """Ask once, as one trace."""
    address = f"udp:127.0.0.1:{PORT} tcp:127.0.0.1:{PORT}"
    recorder.configure(service="visitor", sampling=False, daemon_address=address)
    with (
        recorder.in_segment("visitor") as segment,
        recorder.in_subsegment("web", namespace="remote") as call,
    ):
        headers: dict[str, str] = {}
        inject_trace_header(headers, call)
        request = urllib.request.Request(URL, headers=headers)
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            answer.read()
    print(segment.trace_id.replace("-", "")[1:])


main()
