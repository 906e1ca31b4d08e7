"""The routes that take files with traces, in one piece or in several."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field

from flask import Blueprint, Response, request

from collector import limits
from collector.files.file_import import FileImport
from collector.files.known_spans import Key
from collector.http.answers import RefusedError, error, json
from collector.http.decoding import check_client, decoding
from collector.model import Chunk
from collector.receivers.body import BodyError
from collector.search.synthetic_requests import ANYTHING
from collector.store.group_commit import BusyError, CannotWriteError, NoAnswerError
from collector.store.trace_store import TraceStore

MAX_IMPORTS = 4
"""Files that arrive at the same time; each may hold an item of some size in memory."""
MAX_SILENCE_S = 30
"""How long the next piece of a file may take if others want to begin."""
START_AGAIN = "import the whole file again: what is stored by then counts as stored"


@dataclass
class _Arriving:
    """A file of which more is to come."""

    file: FileImport
    lock: threading.Lock = field(default_factory=threading.Lock)
    last_piece_at: float = field(default_factory=time.monotonic)


class _Imports:
    """The files that are arriving."""

    def __init__(self, store: TraceStore) -> None:
        self._store = store
        self._arriving: dict[str, _Arriving] = {}
        self._lock = threading.Lock()

    def begin(self) -> tuple[str, _Arriving]:
        """Begin an import. Raises `BusyError` if too many have begun."""
        with self._lock:
            if len(self._arriving) >= MAX_IMPORTS:
                self._drop_silent()
            if len(self._arriving) >= MAX_IMPORTS:
                raise BusyError
            number = secrets.token_hex(8)
            self._arriving[number] = _Arriving(FileImport(self._add, self._stored))
            return number, self._arriving[number]

    def known(self, number: str) -> _Arriving:
        """Return an import that has begun. Raises `RefusedError` if there is none."""
        arriving = self._arriving.get(number)
        if arriving is None:
            raise RefusedError(404, f"no import {number[:32]!r} is under way; {START_AGAIN}")
        return arriving

    def end(self, number: str) -> None:
        """Forget an import."""
        self._arriving.pop(number, None)

    def _add(self, chunks: list[Chunk]) -> None:
        """Store spans. A small piece may have a great many, so we look whether anybody waits.

        Raises `BodyError` if the client is gone.
        """
        check_client()
        self._store.add(chunks)

    def _stored(self, trace_id: str) -> set[Key]:
        found = self._store.find(trace_id)
        if found is None:
            return set()
        outline = found.outline()
        return set(zip(outline.span_ids, (start // 1000 for start in outline.starts), strict=True))

    def _drop_silent(self) -> None:
        now = time.monotonic()
        for number, arriving in list(self._arriving.items()):
            if now - arriving.last_piece_at > MAX_SILENCE_S and not arriving.lock.locked():
                del self._arriving[number]


def imports(store: TraceStore) -> Blueprint:
    """Return the routes, for this store."""
    blueprint = Blueprint("imports", __name__, url_prefix="/api")
    files = _Imports(store)

    def take(number: str, arriving: _Arriving) -> Response:
        more = request.args.get("more") == "1"
        try:
            with arriving.lock, decoding():
                arriving.file.feed(_piece())
                if not more:
                    arriving.file.finish()
                arriving.last_piece_at = time.monotonic()
                answer = _report(arriving.file)
        except BaseException:
            files.end(number)
            raise
        if not more:
            files.end(number)
        return json(answer | {"import": number if more else None})

    @blueprint.post("/import")
    def first_piece() -> Response:
        return take(*files.begin())

    @blueprint.post("/import/<number>")
    def next_piece(number: str) -> Response:
        return take(number, files.known(number))

    @blueprint.errorhandler(BodyError)
    def unreadable(problem: BodyError) -> Response:
        return error(problem.status, str(problem))

    @blueprint.errorhandler(BusyError)
    def busy(_problem: BusyError) -> Response:
        message = "more is being sent than can be taken; wait a few seconds"
        return error(429, f"{message} and {START_AGAIN}", retry_after=5)

    @blueprint.errorhandler(CannotWriteError)
    @blueprint.errorhandler(NoAnswerError)
    def not_stored(problem: Exception) -> Response:
        return error(503, f"{problem}; {START_AGAIN}", retry_after=5)

    return blueprint


def _piece() -> bytes:
    """Return the body of this request. Raises `BodyError` if it is too large."""
    if (request.content_length or 0) > limits.BODY_BYTES:
        message = f"the piece is larger than {limits.BODY_BYTES:,} bytes; send smaller ones"
        raise BodyError(413, "too_large", f"{message}, all but the last with ?more=1")
    return request.get_data(cache=False)


def _report(file: FileImport) -> dict[str, object]:
    """Return how far an import has got."""
    return {
        "bytes": file.bytes,
        "spans": file.spans,
        "already_stored": file.already_stored,
        "traces": file.traces,
        "rejected": file.rejected.total(),
        "reasons": file.reasons,
        "trace_id": file.trace_ids[0] if file.traces == 1 else None,
        "search": _search(file) if file.spans else None,
    }


def _search(file: FileImport) -> dict[str, str]:
    """Return the search that finds the traces: by their ids, or if they are too many by when they
    began, which may find others, too."""
    if file.trace_ids:
        named = " OR ".join(f"trace:{trace_id}" for trace_id in file.trace_ids)
        return {"q": f"({named}) {ANYTHING}"}
    return {"q": ANYTHING, "from": str(file.first_start), "to": str(file.last_start + 1)}
