"""nginx's access log in the `log_format` of docs/black-box.md.

    1795763019.327 0.131 5f2c…9e "GET /pair/beer?name=ipa HTTP/1.1" 200 127.0.0.1
        to="127.0.0.1:5000" took="0.130"

(In one line.) `$msec` is the end, `$request_time` goes from the first byte of the request to the
last one of the answer; both are in milliseconds. A request that several upstreams were asked for
has a list of them, with commas, and colons after internal redirects
(ngx_http_upstream_module, `$upstream_addr`).
"""

from __future__ import annotations

import re

from collector.infer.readers import times
from collector.infer.readers.lines import LineError
from collector.infer.readers.names import given, name, request_name
from collector.infer.readers.settings import Settings
from collector.infer.records import Record, Upstream

SERVICE = "nginx"
MAX_UPSTREAMS = 100
"""Upstreams of a request; any others are dropped."""

_LINE = re.compile(
    rf"(?P<end>{times.NUMBER}) (?P<duration>{times.NUMBER}) (?P<id>\S+)"
    r" \"(?P<request>[^\"]*)\" (?P<status>[0-9]{3}) (?P<host>\S+)"
    r" to=\"(?P<to>[^\"]*)\" took=\"(?P<took>[^\"]*)\"(?: .*)?"
)
_SEPARATOR = re.compile(r", | : ")
_TIME = re.compile(times.NUMBER)


def parse(line: str, settings: Settings) -> Record:
    """Return the record of a line. Raises `LineError` if it is not in that `log_format`."""
    found = _LINE.fullmatch(line)
    if not found:
        raise LineError("it is not in the log_format of docs/black-box.md")
    end, resolution = times.count(found["end"], "s")
    duration, _ = times.count(found["duration"], "s")
    return Record(
        SERVICE,
        request_name(found["request"]),
        max(0, end - duration),
        end,
        given(found["id"]),
        caller=settings.names.get(found["host"], ""),
        upstream=_upstreams(found["to"], found["took"], settings),
        resolution=resolution,
    )


def _upstreams(addresses: str, durations: str, settings: Settings) -> tuple[Upstream, ...]:
    """Return the upstreams that were asked, each with its time, `-` where it never answered."""
    if addresses in ("", "-"):
        return ()
    asked = _SEPARATOR.split(addresses)[:MAX_UPSTREAMS]
    took = _SEPARATOR.split(durations)[:MAX_UPSTREAMS]
    took += ["-"] * (len(asked) - len(took))
    return tuple(
        Upstream(
            name(settings.name_of(address) or address),
            times.count(text, "s")[0] if _TIME.fullmatch(text) else None,
        )
        for address, text in zip(asked, took, strict=False)
    )
