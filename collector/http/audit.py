"""The routes of the audit: its rules, and what they found."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from flask import Blueprint, Response

from collector.audit.audit_book import AuditBook
from collector.audit.auditor import check
from collector.audit.learn import learned
from collector.audit.report import tally_json, violation_json
from collector.audit.rules import MAX_BYTES, Rule, RulesError, read_rules
from collector.audit.tally import Tally
from collector.audit.trace_calls import NO_NAME, calls_of
from collector.http.answers import RefusedError, json, json_about, saying_what_is_missing
from collector.http.setting_changes import changing, sent_body
from collector.http.trace_lookup import find_trace
from collector.store.trace_store import TraceStore

MAX_CHECK_S = 10.0
"""How long a check by other rules takes, at most."""
MAX_TRACE_VIOLATIONS = 100
"""Violations of one trace that an answer names."""


def audit(store: TraceStore, book: AuditBook, give_way: Callable[[], None]) -> Blueprint:
    """Return the routes, for the rules in a book and for what is stored; `give_way` lets other
    requests go first."""
    routes = Blueprint("audit", __name__, url_prefix="/api")
    auditor = book.auditor
    turn = threading.Lock()

    def check_stored(tally: Tally) -> bool:
        """Check what is stored, the newest first; return whether there was time for all of it."""
        if not turn.acquire(timeout=MAX_CHECK_S):
            raise RefusedError(429, "other rules are being checked; try again in some seconds")
        try:
            until = time.monotonic() + MAX_CHECK_S
            for trace in store.newest_traces():
                if time.monotonic() > until:
                    return False
                check(tally, trace)
                give_way()
            return True
        finally:
            turn.release()

    @routes.get("/audit")
    def show() -> Response:
        version = book.version  # of those that hold now, wherever they were put
        answer = tally_json(auditor.tally)
        answer["checked"] |= {
            "since": str(auditor.since),
            "waiting": auditor.waiting,
            "reads_stored": auditor.reads_stored,
            "missed": auditor.missed,
        }
        return json_about(store, answer | {"version": version, "problem": book.problem})

    @routes.post("/audit")
    def check_by_others() -> Response:
        """Check what is stored by the rules in the body, once."""
        tally = Tally(_sent_rules())
        all_of_them = check_stored(tally)
        answer = tally_json(tally)
        answer["checked"] |= {"all": all_of_them and not store.missing()}
        return json_about(store, answer)

    @routes.get("/audit/learned")
    def learned_rules() -> Response:
        """Write the rules that hold today."""
        tally = Tally(())
        check_stored(tally)
        services = {service.name or NO_NAME for service in store.catalog.services()}
        text = learned(tally, services, store.missing())
        return saying_what_is_missing(Response(text, mimetype="text/plain"), store)

    @routes.get("/audit/rules")
    def rules() -> Response:
        answer = Response(book.text, mimetype="text/plain")
        answer.set_etag(book.version)
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    @routes.put("/audit/rules")
    def change() -> Response:
        with changing("the audit's rules", RulesError):
            book.replace(_body())
        return show()

    @routes.get("/trace/<trace_id>/audit")
    def of_trace(trace_id: str) -> Response:
        stored = find_trace(store, trace_id)
        tally = Tally(book.rules)
        found = []
        if book.rules and (calls := calls_of(stored, tally.judge.is_run_of_interest)):
            found = tally.add(stored.trace_id, calls)
        return json(
            {
                "violations": [violation_json(each) for each in found[:MAX_TRACE_VIOLATIONS]],
                "left_out": max(0, len(found) - MAX_TRACE_VIOLATIONS),
            }
        )

    return routes


def _sent_rules() -> tuple[Rule, ...]:
    """Return the rules in the body. Raises `RefusedError` if they cannot be read."""
    try:
        return read_rules(_body())
    except RulesError as problem:
        raise RefusedError(400, str(problem)) from None


def _body() -> str:
    """Return the body as text. Raises `RefusedError` if it is too large, or no text."""
    try:
        return sent_body(MAX_BYTES).decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedError(400, "the rules must be text in UTF-8") from None
