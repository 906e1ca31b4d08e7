"""A visit traced by Jaeger's client, whose request carries `uber-trace-id`; prints the trace's id.

Run by test_many_systems.py with the Python of the environment `opentracing`. Its arguments say whom
to ask, and to which port to send spans.
"""

from __future__ import annotations

import sys
import urllib.request

from jaeger_client import Config
from opentracing import Format

URL, PORT = sys.argv[1], int(sys.argv[2])
WAIT_S = 20


def main() -> None:
    """Ask once, as one trace."""
    settings = {"sampler": {"type": "const", "param": 1}, "local_agent": {"reporting_port": PORT}}
    tracer = Config(settings, service_name="visitor").new_tracer()
    with tracer.start_span("visit", tags={"span.kind": "client"}) as visit:
        headers: dict[str, str] = {}
        tracer.inject(visit.context, Format.HTTP_HEADERS, headers)
        request = urllib.request.Request(URL, headers=headers)
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            answer.read()
    sent = tracer.close()
    while not sent.done():
        pass
    print(f"{visit.trace_id:x}")


main()
