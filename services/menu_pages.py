"""The printed menu: a page for each beer, with a note on every donut (bottleneck 12)."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Response, request

from services import flavour, proofreader
from services.dials import dials, pause

GZIP_WBITS = 31
"""zlib's `wbits` for the gzip format with the largest window."""

NOTE = (
    "We pour the {beer} first, cool but not cold, and let it stand while the {donut} donut comes"
    " out of the kitchen. Take a small bite, then a small sip, and wait: {hops}% bitterness meets"
    " {sugar}% sweetness, and what they make of each other takes a moment to arrive. The house"
    " gives this {score} points of 100. If you disagree, tell the baker; if you agree, tell"
    " everybody. Our donuts are baked in the morning, glazed by noon, and gone when they are gone,"
    " which is mostly before the evening's second round."
)


def pages(beers: Iterable[str], donuts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Return the menu's pages, proofread if there is somebody to do it; each takes MENU_PAGE_MS to
    letter, when it is asked for."""
    proofreader.proofread()
    return _pages(beers, list(donuts))


def _pages(beers: Iterable[str], donuts: Sequence[str]) -> Iterator[dict[str, Any]]:
    for beer in beers:
        pause(dials.MENU_PAGE_MS)
        yield {"beer": beer, "donuts": [_line(beer, donut) for donut in donuts]}


def streamed(pages: Iterable[dict[str, Any]]) -> Response:
    """Return a response that sends each page when it is ready, compressed if the client accepts."""
    parts = _json(pages)
    headers = {"Vary": "Accept-Encoding"}
    if request.accept_encodings.quality("gzip"):
        parts = _compressed(parts)
        headers["Content-Encoding"] = "gzip"
    return Response(parts, content_type="application/json", headers=headers)


def _json(pages: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    before = '{"menu":['
    for page in pages:
        yield (before + json.dumps(page, separators=(",", ":"))).encode()
        before = ","
    yield b"]}\n"


def _compressed(parts: Iterable[bytes]) -> Iterator[bytes]:
    gzip = zlib.compressobj(wbits=GZIP_WBITS)
    for part in parts:
        yield gzip.compress(part) + gzip.flush(zlib.Z_SYNC_FLUSH)
    yield gzip.flush()


def _line(beer: str, donut: str) -> dict[str, Any]:
    hops, sugar, score = flavour.HOPS[beer], flavour.SUGAR[donut], flavour.score(beer, donut)
    note = NOTE.format(beer=beer, donut=donut, hops=hops, sugar=sugar, score=score)
    return {"donut": donut, "score": score, "note": note}
