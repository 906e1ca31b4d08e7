"""Access logs: that of our development server, Werkzeug's, and the Common and the Combined Log
Format, which Apache, nginx and gunicorn write by default.

    2026-11-20T12:00:00 web GET /pair/beer?name=ipa 200 curl/8.5.0
    127.0.0.1 - - [20/Nov/2026 12:00:00] "GET /pair/beer?name=ipa HTTP/1.1" 200 -
    127.0.0.1 - - [20/Nov/2026:12:00:00 +0000] "GET /beers HTTP/1.1" 200 612 "-" "curl/8.5.0"

They have one moment, in whole seconds, and no duration: what they say is that a request was
answered then. How long it took and what it was part of cannot be known from them. (In Apache's
the moment is that of the request's arrival.)
"""

from __future__ import annotations

import re

from collector.infer.readers import times
from collector.infer.readers.lines import LineError
from collector.infer.readers.names import name, request_name
from collector.infer.readers.settings import Settings
from collector.infer.records import Record

_OURS = re.compile(
    rf"(?P<time>{times.ISO}) (?P<service>\S+) (?P<request>[A-Z]+ \S+) (?P<status>[1-5][0-9]{{2}})"
    r"(?: .*)?"
)
_COMMON = re.compile(
    rf"(?P<host>\S+) \S+ \S+ \[(?P<time>{times.CLF})\] \"(?P<request>(?:[^\"\\]|\\.)*)\""
    r" (?P<status>[1-5][0-9]{2}) (?:[0-9]+|-)(?: .*)?"
)


def parse(line: str, settings: Settings) -> Record:
    """Return the record of a line. Raises `LineError` if it is none of an access log."""
    if found := _COMMON.fullmatch(line):
        moment, resolution = times.clf(found["time"])
        service, caller = settings.service, settings.names.get(found["host"], "")
    elif found := _OURS.fullmatch(line):
        moment, resolution = times.iso(found["time"])
        service, caller = found["service"], ""
    else:
        raise LineError("it is in neither the Common Log Format nor that of our own access log")
    return Record(
        name(service),
        request_name(found["request"]),
        moment,
        moment,
        caller=caller,
        resolution=resolution,
        has_duration=False,
    )
