"""Traces with very many spans, very deep, or through very many services."""

from __future__ import annotations

from tests.browser.spans import Trace
from tests.collector.many_names import in_letters


def wide(seed: int, spans: int, per_parent: int = 100) -> Trace:
    """Many spans, `per_parent` under each child of the root."""
    trace = Trace(seed)
    root = trace.span(None, "web", "flask.request", 0, spans * 0.2, "GET /wide", "http")
    services = ("web", "taster", "db", "redis")
    now, parent = 0.1, root
    for at in range(spans - 1):
        if at % (per_parent + 1) == 0:
            parent = trace.span(
                root,
                "web",
                "batch",
                now,
                per_parent * 0.19,
                f"batch {in_letters(at // per_parent)}",
            )
            continue
        service = services[at % 4]
        kind = {"db": "sql", "redis": "redis"}.get(service, "")
        trace.span(
            parent,
            service,
            f"{service}.work",
            now,
            0.1 + at % 7 * 0.012,
            f"item {in_letters(at % 50)}",
            kind,
        )
        now += 0.19
    return trace


def deep(seed: int, spans: int) -> Trace:
    """A chain: every span the only child of the one before."""
    trace = Trace(seed)
    parent = None
    for at in range(spans):
        margin = at * 0.01
        service = ("web", "taster")[at // 7 % 2]
        parent = trace.span(
            parent, service, "recurse", margin, 2 * spans * 0.01 + 5 - 2 * margin, f"level {at}"
        )
    return trace


def many_services(seed: int, services: int = 15) -> Trace:
    """A request that passes through many services."""
    trace = Trace(seed)
    parent, now = None, 0.0
    root = None
    for at in range(services):
        name = (
            "gateway",
            "cart",
            "catalogue",
            "prices",
            "stock",
            "users",
            "session-store",
            "mail",
            "tax",
            "fraud",
            "ledger",
            "shipping",
            "search",
            "reviews",
            "images",
        )[at % 15]
        made = trace.span(parent, name, "rpc.call", now, 60 - now * 1.2, f"{name}/Get")
        root = root or made
        for _ in range(3):
            trace.span(made, name, "work", now + 1, 1.5)
        parent = made if at % 3 else root
        now += 3
    return trace
