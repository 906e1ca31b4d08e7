"""The collector's HTTP API, assembled from its parts. docs/api.md describes it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flask import Response, request

from collector.aggregates.background_digester import BackgroundDigester
from collector.aggregates.sum_cache import SumCache
from collector.audit.audit_book import NAME, AuditBook
from collector.audit.auditor import Auditor
from collector.forward.forwarding import Forwarding
from collector.forward.target import Target
from collector.http.active_requests import ActiveRequests
from collector.http.aggregates import aggregates
from collector.http.answers import error, json, missing_from
from collector.http.api_app import api_app, explain
from collector.http.audit import audit
from collector.http.export import exports
from collector.http.imports import imports
from collector.http.inferred import inferred
from collector.http.insights import insights
from collector.http.intake.datagrams import DatagramIntake
from collector.http.intake.intake import Intake
from collector.http.intake.otlp_grpc import GrpcIntake
from collector.http.intake.routes import INTAKES
from collector.http.intake.store_sink import StoreSink
from collector.http.laboratory import laboratory
from collector.http.live import LiveStream
from collector.http.load_runs import load_runs
from collector.http.sampling import sampling
from collector.http.stats import Stats
from collector.http.trace_answers import TraceAnswers
from collector.http.traces import traces
from collector.laboratory.laboratory import Laboratory
from collector.listeners.grpc_server import GrpcAnswer
from collector.listeners.listener import Listener
from collector.listeners.ports import OpenPorts
from collector.sampling.policy_book import PolicyBook
from collector.sampling.rule_book import RuleBook
from collector.sampling.tail import Tail
from collector.store.clickhouse.connection import ClickHouseError
from collector.store.new_chunk import NewChunk
from collector.store.trace_store import TraceStore
from collector.trace_summary import TraceSummary


class Collector:
    """The WSGI application that serves a store, and what runs beside it. It does the work of
    Jaeger's collector and query services."""

    def __init__(
        self,
        store: TraceStore,
        host: str = "127.0.0.1",
        runs: Path = Path("data/runs"),
        settings: Path | None = None,
        forward_to: Sequence[Target] = (),
        tail_wait_s: float | None = None,
        audit_rules: str = "",
    ) -> None:
        """Assemble the application.

        `host` is the address it will listen on, `runs` the folder for records of load tests,
        `settings` the folder for what pages change (the store's own, if None), `forward_to` where
        to send on what is stored, `tail_wait_s` how long traces are held for the policies of tail
        sampling (None: as it was set last), `audit_rules` the rules of the audit until others are
        put.

        Raises `CannotOpenError` if what is held cannot be used at present."""
        self._store = store
        self._stats = Stats()
        settings = settings or store.folder
        self.rules = RuleBook(store.setting("sampling.json", settings))
        policies = PolicyBook(store.setting("tail-sampling.json", settings), tail_wait_s)
        self.tail = Tail(store, policies)
        self.sink = StoreSink(self.tail, self._stats, self.rules)
        self.ports = OpenPorts()
        self.listeners: list[Listener] = []
        self.app = app = api_app("collector", host)
        self.requests = requests = ActiveRequests(app)
        sums = SumCache(store, requests.give_way)
        self.digester = BackgroundDigester(store, sums.prepare, requests.is_quiet)
        self.forwarding = Forwarding(forward_to, requests.is_quiet)
        self.auditor = Auditor(store, requests.is_quiet)
        self.audit = AuditBook(store.setting(NAME, settings), self.auditor, audit_rules)
        self.answers = TraceAnswers(store, requests.is_quiet)
        self.live = LiveStream(store, self.report)
        store.on_stored = self._on_stored
        store.on_new_chunks = self._on_new_chunks
        for name, routes in INTAKES.items():
            app.register_blueprint(routes(self.intake(name)))
        app.register_blueprint(traces(store, self.answers, self.live))
        app.register_blueprint(exports(store))
        app.register_blueprint(imports(store))
        app.register_blueprint(inferred(store))
        app.register_blueprint(aggregates(store, sums, self.rules))
        app.register_blueprint(insights(store, sums, requests))
        app.register_blueprint(load_runs(store.runs(runs)))
        app.register_blueprint(sampling(self.rules, self.tail))
        app.register_blueprint(audit(store, self.audit, requests.give_way))
        app.register_error_handler(ClickHouseError, self._answer_without)
        lab = Laboratory(store, requests.give_way)
        app.register_blueprint(laboratory(store, lab, sums, self.tail.book, requests.give_way))
        app.add_url_rule("/ping", "ping", self._ping)
        app.add_url_rule("/stats", "stats", lambda: json(self.report()))
        app.add_url_rule("/api/receivers", "receivers", lambda: json(self.receivers()))

    def _answer_without(self, problem: ClickHouseError) -> Response:
        """Return the answer to a question during which a ClickHouse went away, made of what the
        others have, if they have something to say."""
        view = self.app.view_functions.get(request.endpoint or "")
        if view is None or request.method != "GET" or not self._store.look_again():
            return explain(problem)
        try:
            answer: Any = view(**request.view_args or {})
            return self.app.make_response(answer)
        except Exception as again:
            return explain(again)

    def _on_stored(self, summaries: list[TraceSummary]) -> None:
        self.live.put(summaries)
        self.answers.put(summaries)

    def _on_new_chunks(self, chunks: Sequence[NewChunk]) -> None:
        self.forwarding.put(chunks)
        self.auditor.put(chunks)

    def intake(self, receiver: str) -> Intake:
        """Return the way into the store for what a receiver takes in."""
        return Intake(self.sink, receiver)

    def datagram_intake(self, receiver: str) -> DatagramIntake:
        """Return the way into the store for the datagrams of a receiver."""
        return DatagramIntake(receiver, self.intake(receiver))

    def answer_calls(self, receiver: str) -> Callable[[bytes], GrpcAnswer]:
        """Return what answers the calls of a receiver over gRPC."""
        return GrpcIntake(self.intake(receiver)).answer

    def problems(self) -> list[str]:
        """Return, in sentences, what keeps the collector from working until it is restarted."""
        parts = (self._store, self.tail, self.live, self.digester, self.auditor, self.answers)
        found = [part.problem() for part in parts]
        found += [listener.problem() for listener in self.listeners]
        return list(filter(None, found))

    def _ping(self) -> Response:
        problems = self.problems()
        if problems:
            answer = error(503, "; ".join(problems), retry_after=5)
        else:
            answer = Response("ok", mimetype="text/plain")
        answer.headers["Workshop-Stack"] = os.environ.get("STACK_ID", "")  # whose collector it is
        return answer

    def receivers(self) -> dict[str, object]:
        """Return the body of `GET /api/receivers`."""
        dropped = {listener.name: listener.dropped for listener in self.listeners}
        rows = self.ports.report()
        for row in rows:
            name = str(row["name"])
            row |= self._stats.of_receiver(name) | {"dropped": dropped.get(name, 0)}
        return {"port": self.ports.own, "receivers": rows}

    def report(self) -> dict[str, object]:
        """Return the body of `GET /stats`."""
        totals = self._store.totals()
        return self._stats.report() | {
            "stored": {
                "spans": totals.spans,
                "traces": totals.traces,
                "bytes": totals.bytes,
                "oldest": str(totals.oldest) if totals.traces else None,
                "newest": str(totals.newest) if totals.traces else None,
            },
            "dropped_by_retention": {"spans": totals.dropped_spans},
            "live": self.live.state(),
            "digests": {"waiting": self.digester.waiting},
            "forward": self.forwarding.report(),
            "problems": self.problems(),
            "datagrams": self._datagrams(),
            "ports_not_open": self.ports.failures(),
            **missing_from(self._store),
        }

    def _datagrams(self) -> dict[str, int]:
        """Return how many datagrams could not be read, and for how many there was no room."""
        unread = (self._stats.of_receiver(listener.name)["unread"] for listener in self.listeners)
        dropped = (listener.dropped for listener in self.listeners)
        return {"unread": sum(unread), "dropped": sum(dropped)}
