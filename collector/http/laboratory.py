"""The routes of the sampling laboratory: what a sample would still tell."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from flask import Blueprint, Response, request

from collector.aggregates.sum_cache import SumCache
from collector.http.answers import RefusedError, error, json, json_about
from collector.http.parameters import trace_set, whole_between
from collector.laboratory.experiment import Question, what_if_kept
from collector.laboratory.laboratory import BusyError, HowFar, Laboratory
from collector.sampling.policy import AnyPolicy, PolicyError, read_settings
from collector.sampling.policy_book import PolicyBook
from collector.store.trace_store import TraceStore

MAX_POLICIES_CHARS = 20_000
MIN_RATE = 1e-6
RETRY_AFTER_S = 1


def laboratory(
    store: TraceStore,
    lab: Laboratory,
    sums: SumCache,
    book: PolicyBook,
    give_way: Callable[[], None],
) -> Blueprint:
    """Return the routes, for this store, a laboratory, what is looked up at once, and the policies
    in force."""
    routes = Blueprint("laboratory", __name__)

    @routes.get("/api/sampling/laboratory")
    def ask() -> Response:
        of_traces = trace_set()
        seed = whole_between("seed", 1, 0, 2**32)
        rate = _rate()
        if rate is not None:
            found = what_if_kept(sums.sample_of(of_traces), rate, seed, give_way)
            return json_about(store, found)
        policies = _policies() or tuple(book.settings.policies)
        try:
            answer = lab.ask(Question(of_traces, policies, seed))
        except BusyError as problem:
            return error(429, str(problem), retry_after=RETRY_AFTER_S)
        if isinstance(answer, HowFar):
            waiting = json({"done": answer.share, "doing": answer.doing}, 202)
            waiting.headers["Retry-After"] = str(RETRY_AFTER_S)
            return waiting
        return json_about(store, answer)

    return routes


def _rate() -> float | None:
    """Return `rate`; None if it is not given. Raises `RefusedError` if it is none."""
    text = request.args.get("rate", "")
    if not text:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not MIN_RATE <= rate <= 1:
        raise RefusedError(400, f"rate must be a number from {MIN_RATE:g} to 1, not {text[:40]!r}")
    return rate


def _policies() -> tuple[AnyPolicy, ...] | None:
    """Return `policies`, a list in JSON; None if it is not given. Raises `RefusedError` if it is
    none."""
    text = request.args.get("policies", "")
    if not text:
        return None
    if len(text) > MAX_POLICIES_CHARS:
        raise RefusedError(400, f"policies has more than {MAX_POLICIES_CHARS:,} characters")
    try:
        settings = read_settings(msgspec.json.encode({"policies": msgspec.Raw(text.encode())}))
    except PolicyError as problem:
        raise RefusedError(400, str(problem)) from None
    return tuple(settings.policies)
