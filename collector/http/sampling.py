"""The routes of head sampling: tracers fetch the rules, and pages show and change them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from flask import Blueprint, Response, request
from msgspec import Meta

from collector.decode_errors import DECODE_ERRORS, reason_of
from collector.http.answers import RefusedError, json, versioned
from collector.sampling.head_rule import MAX_RULES, Rules, RulesError, never_matching, read_rules
from collector.sampling.rule_book import Decided, RuleBook

MAX_BODY_BYTES = 256 * 1024

Count = Annotated[int, Meta(ge=0, lt=2**53)]


class _Counts(msgspec.Struct):
    matched: Count
    kept: Count


class _Question(msgspec.Struct):
    """What a tracer says when it asks for the rules."""

    service: str = ""
    etag: str = ""
    decided: Annotated[list[_Counts], Meta(max_length=MAX_RULES)] = []


def sampling(book: RuleBook) -> Blueprint:
    """Return the routes for the rules in a book."""
    routes = Blueprint("sampling", __name__)

    def rules() -> Response:
        return versioned(book.version, lambda: msgspec.json.encode(Rules(list(book.rules))))

    @routes.get("/sampling/rules")
    def read() -> Response:
        return rules()

    @routes.post("/sampling/rules")
    def ask() -> Response:
        """Take in what a tracer has decided, and give it the rules if it has others."""
        question = _question()
        decided = [Decided(each.matched, each.kept) for each in question.decided]
        book.count(question.etag.strip('"'), decided)
        return rules()

    @routes.put("/sampling/rules")
    def change() -> Response:
        try:
            book.replace(read_rules(_body()))
        except RulesError as problem:
            raise RefusedError(400, str(problem)) from None
        except OSError as problem:
            message = f"the rules cannot be written: {problem.strerror or problem}"
            raise RefusedError(503, message) from None
        return show()

    @routes.get("/api/sampling")
    def show() -> Response:
        hidden = never_matching(book.rules)
        counted = zip(book.rules, book.report(), strict=False)
        rows = [
            msgspec.to_builtins(rule) | counts | {"never_matches_because_of": hidden.get(index)}
            for index, (rule, counts) in enumerate(counted)
        ]
        return json({"rules": rows, "version": book.version, "problem": book.problem})

    return routes


def _question() -> _Question:
    try:
        return msgspec.json.decode(_body(), type=_Question)
    except DECODE_ERRORS as problem:
        raise RefusedError(400, f"this is no question for rules: {reason_of(problem)}") from None


def _body() -> bytes:
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise RefusedError(413, f"rules must not be larger than {MAX_BODY_BYTES:,} bytes")
    return request.stream.read(MAX_BODY_BYTES)
