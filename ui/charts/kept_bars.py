"""Traces kept over time, stacked by reason (`/api/sampling/kept` of the collector), on a sheet.

`templates/sampling-kept.html` writes the SVG.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ui.charts.axes import Axis, linear_axis
from ui.charts.timeline import DAY_NS, MAX_TIME_LABELS, TIME_STEPS_S, Label, Rectangle, clock
from ui.words.wording import counted, number, percent

WIDTH, HEIGHT = 1200.0, 230.0
LEFT, RIGHT, TOP, BOTTOM = 62.0, 34.0, 14.0, 28.0
GAP = 0.12
"""Room between two bars, as a share of their width."""
MAX_BAR_WIDTH = 40.0

HUES = {"error": "error", "slow": "hue-2", "rare": "hue-4", "search": "hue-3", "priority": "hue-1"}
"""Colours of reasons that every collector has."""
SAMPLE = ("sample", "grey-1")
OTHER_HUES = ("hue-0", "hue-5", "grey-0")
"""Colours of reasons with names of their own; the last one is for all others together."""
REST = "other reasons"

Bucket = Mapping[str, Any]


@dataclass(frozen=True)
class Reason:
    """A reason for which traces were kept, its colour, and how many there were in all."""

    name: str
    hue: str
    kept: int
    bytes: int
    share: float
    """Its part of all kept bytes."""
    is_searchable: bool = True


@dataclass(frozen=True)
class Piece(Rectangle):
    """A part of a bar: the traces kept for one reason in one step."""

    hue: str = ""


@dataclass(frozen=True)
class KeptBars:
    """Everything on the sheet."""

    reasons: list[Reason]
    pieces: list[Piece]
    counts: list[Label]
    times: list[Label]
    seen: int
    kept: int
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM


def kept_bars(answer: Mapping[str, Any]) -> KeptBars | None:
    """Draw what was kept; None if nothing has been decided."""
    buckets: Sequence[Bucket] = answer["buckets"]
    if not buckets:
        return None
    hues = _hues(buckets)
    reasons = _reasons(buckets, hues)
    stacks = [_stack(bucket, hues) for bucket in buckets]
    axis = linear_axis([sum(stack.values()) for stack in stacks])
    step_ns = answer["bucket_s"] * 10**9
    pieces = [
        piece
        for index, (bucket, stack) in enumerate(zip(buckets, stacks, strict=True))
        for piece in _bar(index, len(buckets), axis, bucket, stack, reasons)
    ]
    return KeptBars(
        reasons=reasons,
        pieces=pieces,
        counts=[Label(LEFT - 8, _y(axis, value) + 4, number(value)) for value in axis.ticks],
        times=list(_times(int(buckets[0]["start"]), step_ns, len(buckets))),
        seen=sum(bucket["seen"] for bucket in buckets),
        kept=sum(reason.kept for reason in reasons),
    )


def _hues(buckets: Sequence[Bucket]) -> dict[str, str]:
    """Return the colour of each reason, in the order in which they are stacked."""
    totals: Counter[str] = Counter()
    for bucket in buckets:
        totals.update(bucket["kept"])
    own = [name for name, _ in totals.most_common() if name not in (*HUES, SAMPLE[0])]
    last = len(OTHER_HUES) - 1
    named = {name: OTHER_HUES[min(index, last)] for index, name in enumerate(own)}
    hues = {name: hue for name, hue in HUES.items() if name in totals} | named
    return hues | (dict([SAMPLE]) if SAMPLE[0] in totals else {})


def _reasons(buckets: Sequence[Bucket], hues: Mapping[str, str]) -> list[Reason]:
    in_all = sum(sum(bucket["bytes"].values()) for bucket in buckets) or 1
    by_hue: dict[str, Reason] = {}
    for name, hue in hues.items():
        kept = sum(bucket["kept"].get(name, 0) for bucket in buckets)
        size = sum(bucket["bytes"].get(name, 0) for bucket in buckets)
        before = by_hue.get(hue)
        if before is None:
            by_hue[hue] = Reason(name, hue, kept, size, size / in_all)
        else:
            size += before.bytes
            by_hue[hue] = Reason(REST, hue, kept + before.kept, size, size / in_all, False)
    return list(by_hue.values())


def _stack(bucket: Bucket, hues: Mapping[str, str]) -> dict[str, int]:
    """Return how many traces were kept, by colour."""
    stack = dict.fromkeys(hues.values(), 0)
    for name, kept in bucket["kept"].items():
        stack[hues[name]] += kept
    return stack


def _bar(
    index: int,
    count: int,
    axis: Axis,
    bucket: Bucket,
    stack: Mapping[str, int],
    reasons: Sequence[Reason],
) -> Iterator[Piece]:
    slot = (WIDTH - LEFT - RIGHT) / count
    width = min(slot * (1 - GAP), MAX_BAR_WIDTH)
    x = LEFT + slot * index + (slot - width) / 2
    below = 0
    kept = sum(stack.values())
    empty = Piece(x, 0.0, width, 0.0)
    for reason in reasons:
        here = stack[reason.hue]
        if not here:
            continue
        top, bottom = _y(axis, below + here), _y(axis, below)
        share = percent(kept / bucket["seen"]) if bucket["seen"] else "–"
        words = f"{reason.name}: {counted(here, 'trace')}; kept {number(kept)} of"
        words += f" {number(bucket['seen'])} ({share}) from {clock(int(bucket['start']))} UTC"
        yield replace(empty, y=top, height=bottom - top, hue=reason.hue, words=words)
        below += here


def _times(begin: int, step_ns: int, count: int) -> Iterator[Label]:
    """Yield labels for the axis of time."""
    whole = step_ns * count
    every = next((s for s in TIME_STEPS_S if whole / (s * 1e9) <= MAX_TIME_LABELS), 0) * 10**9
    every = max(every or -(-whole // MAX_TIME_LABELS // DAY_NS) * DAY_NS, step_ns)
    moment = -(-begin // every) * every
    while moment <= begin + whole:
        x = LEFT + (WIDTH - LEFT - RIGHT) * (moment - begin) / whole
        yield Label(x, HEIGHT - BOTTOM + 18, clock(moment, every), moment // 10**6)
        moment += every


def _y(axis: Axis, value: float) -> float:
    return round(HEIGHT - BOTTOM - axis.place(value) * (HEIGHT - TOP - BOTTOM), 1)
