"""How long it takes to open a file with one large trace, format by format.

A real collector takes the file piece by piece, as from `./workshop import` and from the page; then
its trace is read. At last a file is chosen in a headless Chromium, until the waterfall is painted.
Every file goes to a collector of its own, which has nothing else to do. Beside the seconds on the
clock stand the collector's seconds of a processor: on a busy machine only those say much.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from time import perf_counter

from bench.measures import processor_seconds
from collector.files.formats import FORMATS
from collector.model import Chunk, Span, TagValue
from tests.browser.chromium import browser
from tests.servers import Server, running
from tutor.commands.import_ import PIECE_BYTES

SPANS = 100_000
BAR_S = 5.0
"""Seconds in which a file of `SPANS` spans is to be open."""
MS = 1_000_000
IDS = {"traceId", "spanId", "parentSpanId"}
"""Hex digits in OpenTelemetry's JSON, unlike all other bytes."""
TRACE_ID = f"{7:032x}"
Opener = Callable[[Server, bytes], "tuple[float, ...]"]
"""Opens a file in a collector; returns the seconds that each step took."""
PAINTED = "() => document.querySelector('#rows .row .bar[d]')"

EXAMPLES = """examples:
  python -m bench.files                    all formats, then the browser
  python -m bench.files --spans 10000
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 0 if every file is open in time, 1 if not."""
    options = _parser().parse_args(arguments)
    good = True
    print(f"one trace of {options.spans:,} spans, six tags each; pieces of {PIECE_BYTES >> 20} MiB")
    print(f"{'':>12}{'MB':>6}{'stored':>10}{'read':>10}{'in all':>9}{'processor':>12}")
    for name in FORMATS:
        good &= _measure(name, _file(name, options.spans), _open)
    good &= _measure("protobuf", _protobuf_file(options.spans), _open)
    good &= _measure("otlp.gz", gzip.compress(_file("otlp", options.spans)), _open)
    good &= _measure("in Chromium", _file("otlp", options.spans), _choose)
    return 0 if good else 1


def _measure(name: str, content: bytes, opened: Opener) -> bool:
    """Open a file in a way; print how long it took and return whether that is quick enough."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running("-m", "collector", "--port", "0", "--data", folder) as collector,
    ):
        seconds = opened(collector, content)
        busy = processor_seconds(collector.process.pid)
    good = sum(seconds) <= BAR_S
    parts = "".join(f"{part:8.1f} s" for part in seconds) if len(seconds) > 1 else " " * 20
    verdict = "PASS" if good else "FAIL"
    row = f"{name:>12}{len(content) / 1e6:6.0f}{parts}{sum(seconds):7.1f} s{busy:10.1f} s"
    print(f"{row}  bar {BAR_S:.0f} s  {verdict}", flush=True)
    return good


def _trace(spans: int) -> Chunk:
    """Return a trace of that many spans, each within an earlier one."""
    rng = random.Random(1)
    begin = 1_700_000_000_000 * MS
    made: list[Span] = []
    for index in range(1, spans + 1):
        above = rng.randrange(max(1, index - 50), index) if index > 1 else 0
        start = begin + index * MS // 10
        service = rng.choice(("web", "taster", "db"))
        tags: dict[str, TagValue] = {
            "span.kind": "internal",
            "http.request.method": "GET",
            "http.route": "/pair/<beer>",
            "server.address": f"10.0.0.{index % 20}",
            "request.id": f"{index:08x}",
            "rows": index % 100,
        }
        duration = (spans - index + 1) * MS // 10
        made.append(
            Span(
                index, above, service, "work", "GET /pair/<beer>", "http", start, duration, 0, tags
            )
        )
    return Chunk(TRACE_ID, made)


def _file(name: str, spans: int) -> bytes:
    return b"".join(FORMATS[name].write([_trace(spans)]))


def _protobuf_file(spans: int) -> bytes:
    """Return the file `otlp` in protobuf, of which there is no export."""
    from google.protobuf.json_format import ParseDict  # type: ignore[import-untyped]
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

    document = json.loads(_file("otlp", spans))
    for resource_spans in document["resourceSpans"]:
        for span in resource_spans["scopeSpans"][0]["spans"]:
            for field in IDS & span.keys():
                span[field] = base64.b64encode(bytes.fromhex(span[field]))
    content: bytes = ParseDict(document, TracesData()).SerializeToString()
    return content


def _open(collector: Server, content: bytes) -> tuple[float, ...]:
    """Import a file and read its trace; return the seconds that each took."""
    began = perf_counter()
    where = "/api/import"
    for begin in range(0, len(content), PIECE_BYTES):
        more = "?more=1" if begin + PIECE_BYTES < len(content) else ""
        answer = json.loads(_ask(collector, "POST", where + more, content[begin:][:PIECE_BYTES]))
        assert not answer["rejected"], answer["reasons"]
        where = f"/api/import/{answer['import']}"
    stored = perf_counter()
    _ask(collector, "GET", f"/api/trace/{TRACE_ID}")
    return stored - began, perf_counter() - stored


def _ask(server: Server, method: str, path: str, body: bytes | None = None) -> bytes:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=120)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    assert response.status == 200, answer
    return answer


def _choose(collector: Server, content: bytes) -> tuple[float, ...]:
    """Choose a file on the page; return the seconds until its waterfall is painted."""
    with (
        tempfile.NamedTemporaryFile(suffix=".json") as file,
        running("-m", "ui", "--port", "0", env={"COLLECTOR_URL": collector.url}) as ui,
        browser() as chromium,
    ):
        file.write(content)
        file.flush()
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        page.goto(ui.url)
        began = perf_counter()
        page.set_input_files("form.open-file input[type=file] >> nth=0", file.name)
        page.wait_for_url("**/trace/*", timeout=120_000)
        page.wait_for_function(PAINTED, timeout=120_000)
        return (perf_counter() - began,)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.files",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--spans", type=int, default=SPANS, help="(default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
