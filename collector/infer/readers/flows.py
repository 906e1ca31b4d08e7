"""Flow records, as nfdump writes them in CSV: who exchanged packets with whom, from when to when.

    ts,te,td,sa,sp,da,dp,pr
    2026-11-27 07:03:39.327,2026-11-27 07:03:39.328,0.001,127.0.0.1,45778,127.0.0.1,28080,TCP

The first line names the columns, by nfdump's names up to 1.7.3 (`ts`) or those since then
(`firstSeen`). A connection leaves two flows, one for each direction, unless nfdump has joined them
(`-b`): here they are joined to one record. A flow is a connection, or what a time limit made of
one, and not a request: a kept connection carries many.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from collector.infer.readers import times
from collector.infer.readers.lines import Line, LineError
from collector.infer.readers.names import name
from collector.infer.readers.settings import Settings, host_of
from collector.infer.records import Record
from collector.infer.rejects import Rejects

MAX_WAITING = 100_000
"""Flows that wait for the other direction of their connection. The oldest is given without it."""
FIRST_EPHEMERAL_PORT = 32_768
"""Ports from here on belong to clients, by the default of Linux."""
JOINED_WITHIN = 1_000_000_000
"""How many nanoseconds apart the two directions of one connection may be."""

COLUMNS = {
    "start": ("ts", "firstSeen"),
    "end": ("te", "lastSeen"),
    "duration": ("td", "duration"),
    "source": ("sa", "srcAddr"),
    "source port": ("sp", "srcPort"),
    "destination": ("da", "dstAddr"),
    "destination port": ("dp", "dstPort"),
}
"""What is read, and nfdump's names for it."""
_NEEDED = COLUMNS.keys() - {"end", "duration"}
_NO_FLOW = ("Summary", "No matching flows")
_MOMENT = re.compile(times.ISO)
_PORT = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,3})?")  # ICMP's is a type and a code
_SECONDS = re.compile(times.NUMBER)


class Flow(NamedTuple):
    """The packets of one direction, or of both."""

    start: int
    end: int
    resolution: int
    source: str
    destination: str


def read(lines: Iterable[Line], settings: Settings, rejects: Rejects) -> Iterator[Record]:
    """Yield a record for each connection, in the order in which they are complete."""
    columns: dict[str, int] | None = None
    waiting: OrderedDict[tuple[str, str], Flow] = OrderedDict()
    for number, text in lines:
        cells = [cell.strip() for cell in text.split(",")]
        if header := columns_of(cells):
            columns = header
            continue
        if text.startswith(_NO_FLOW):
            columns = {}  # nothing but sums from here on
            continue
        if columns == {}:
            continue
        try:
            flow = _flow(cells, columns)
        except LineError as problem:
            rejects.add(number, str(problem), text)
            continue
        yield from _joined(flow, waiting, settings)
    for flow in waiting.values():
        yield _record(flow, flow, settings)


def columns_of(cells: list[str]) -> dict[str, int]:
    """Return where each of `COLUMNS` is, if these cells name them; empty if they are no header."""
    places = {
        what: cells.index(found)
        for what, titles in COLUMNS.items()
        if (found := next((title for title in titles if title in cells), None))
    }
    return places if places.keys() >= _NEEDED and len(places) > len(_NEEDED) else {}


def _flow(cells: list[str], columns: dict[str, int] | None) -> Flow:
    if columns is None:
        raise LineError("no line before it names nfdump's columns")

    def cell(what: str) -> str:
        return cells[columns[what]]

    if len(cells) <= max(columns.values()):
        raise LineError("it has fewer columns than the first line names")
    if not _MOMENT.fullmatch(cell("start")):
        raise LineError("its start is no moment")
    start, resolution = times.iso(cell("start"))
    if "duration" in columns and _SECONDS.fullmatch(cell("duration")):
        end = start + times.count(cell("duration"), "s")[0]
    elif "end" in columns and _MOMENT.fullmatch(cell("end")):
        end, _ = times.iso(cell("end"))
    else:
        raise LineError("neither its duration is in seconds nor its end a moment")
    if not (_PORT.fullmatch(cell("source port")) and _PORT.fullmatch(cell("destination port"))):
        raise LineError("the port is not a number")
    if not cell("source") or not cell("destination"):
        raise LineError("an address is empty")
    return Flow(
        start,
        max(start, end),
        resolution,
        f"{cell('source')}:{cell('source port')}",
        f"{cell('destination')}:{cell('destination port')}",
    )


def _joined(
    flow: Flow, waiting: OrderedDict[tuple[str, str], Flow], settings: Settings
) -> Iterator[Record]:
    """Join a flow with that of the other direction if it is there; else have it wait."""
    there = waiting.pop((flow.destination, flow.source), None)
    if there is not None:
        apart = max(flow.start, there.start) - min(flow.end, there.end)
        if apart <= max(JOINED_WITHIN, flow.resolution):
            yield _record(there, flow, settings)
            return
        yield _record(there, there, settings)
    earlier = waiting.pop((flow.source, flow.destination), None)
    if earlier is not None:
        yield _record(earlier, earlier, settings)
    waiting[flow.source, flow.destination] = flow
    if len(waiting) > MAX_WAITING:
        _, oldest = waiting.popitem(last=False)
        yield _record(oldest, oldest, settings)


def _record(one: Flow, other: Flow, settings: Settings) -> Record:
    """Return the record of a connection, given its two directions in any order."""
    first = min(one, other)
    client, server = first.source, first.destination
    if _is_server(client, server, settings):
        client, server = server, client
    caller = settings.name_of(client)
    if caller is None:
        caller = "" if host_of(client) == host_of(server) else host_of(client)
    return Record(
        name(settings.name_of(server) or server),
        "",
        min(one.start, other.start),
        max(one.end, other.end),
        caller=name(caller),
        thread=name(f"{client}-{server}"),
        resolution=max(one.resolution, other.resolution),
    )


def _is_server(one: str, other: str, settings: Settings) -> bool:
    """Return whether `one` rather than `other` was called: the one whose port is known, or is no
    client's. If that does not tell, it was `other`, which answered later."""
    named = (one in settings.names, other in settings.names)
    if named[0] != named[1]:
        return named[0]
    served = [float(end.rpartition(":")[2]) < FIRST_EPHEMERAL_PORT for end in (one, other)]
    return served[0] and not served[1]
