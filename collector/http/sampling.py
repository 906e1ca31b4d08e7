"""The routes of sampling: tracers fetch the rules; pages show and change rules and policies."""

from __future__ import annotations

from typing import Annotated

import msgspec
from flask import Blueprint, Response
from msgspec import Meta

from collector.decode_errors import DECODE_ERRORS, reason_of
from collector.http.answers import RefusedError, json, versioned
from collector.http.parameters import time_range
from collector.http.setting_changes import changing, sent_body
from collector.sampling.head_rule import MAX_RULES, Rules, RulesError, never_matching, read_rules
from collector.sampling.kept_over_time import kept_over_time
from collector.sampling.policy import PolicyError, read_settings
from collector.sampling.rule_book import Decided, RuleBook
from collector.sampling.tail import Tail

MAX_BODY_BYTES = 256 * 1024
MAX_SERVICE_CHARS = 500

Count = Annotated[int, Meta(ge=0, lt=2**53)]


class _Counts(msgspec.Struct):
    matched: Count
    kept: Count


class _Question(msgspec.Struct):
    """What a tracer says when it asks for the rules."""

    service: Annotated[str, Meta(max_length=MAX_SERVICE_CHARS)] = ""
    etag: str = ""
    decided: Annotated[list[_Counts], Meta(max_length=MAX_RULES)] = []


def sampling(book: RuleBook, tail: Tail) -> Blueprint:
    """Return the routes for the rules in a book, and for what is sampled at the tail."""
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
        version = question.etag.strip('"')
        book.note_question(question.service, version)
        decided = [Decided(each.matched, each.kept) for each in question.decided]
        book.count(version, decided)
        return rules()

    @routes.put("/sampling/rules")
    def change() -> Response:
        with changing("the rules of sampling", RulesError):
            book.replace(read_rules(sent_body(MAX_BODY_BYTES)))
        return show()

    @routes.get("/api/sampling")
    def show() -> Response:
        hidden = never_matching(book.rules)
        counted = zip(book.rules, book.report(), strict=False)
        rows = [
            msgspec.to_builtins(rule) | counts | {"never_matches_because_of": hidden.get(index)}
            for index, (rule, counts) in enumerate(counted)
        ]
        answer = {"rules": rows, "version": book.version, "problem": book.problem}
        answer["followers"] = [follower._asdict() for follower in book.followers()]
        answer["counts_of"] = "this collector" if tail.is_one_of_several else "all"
        return json(answer | {"tail": tail.report()})

    @routes.put("/sampling/policies")
    def change_policies() -> Response:
        with changing("the policies of sampling", PolicyError):
            tail.change(read_settings(sent_body(MAX_BODY_BYTES)))
        return show()

    @routes.get("/api/sampling/kept")
    def kept() -> Response:
        return json(kept_over_time(tail, time_range()))

    return routes


def _question() -> _Question:
    try:
        return msgspec.json.decode(sent_body(MAX_BODY_BYTES), type=_Question)
    except DECODE_ERRORS as problem:
        raise RefusedError(400, f"this is no question for rules: {reason_of(problem)}") from None
