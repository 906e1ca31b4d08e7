"""Who pays for whom, from either point of view: that of the trigger or that of the submitter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from heapq import nsmallest
from typing import NamedTuple

from collector.aggregates.answer_parts import Json, sample_json
from collector.aggregates.digest import Sum
from collector.aggregates.trace_set import Sample
from collector.analysis.accounts import (
    UNKNOWN,
    UNKNOWN_SUBMITTER,
    Debts,
    Deferral,
    for_submitters,
    self_time_of,
)
from collector.analysis.payers import Bill, Bills
from collector.analysis.route import Route
from collector.analysis.weight import WEIGHT_UNIT

TRIGGER, SUBMITTER = "trigger", "submitter"
PAYERS = (TRIGGER, SUBMITTER)
"""Who may pay for deferred work."""
MAX_BILLS = 200
"""Routes of an answer, those that take most of the time."""
MAX_BILL_SERVICES = 50
"""Services of a route's bill, those with most time on the critical path."""
MAX_DEFERRALS = 100
"""Pairs of routes in an answer, those with most deferred work."""

HOW_COMPUTED = {
    "bills": "for each route the time on the critical path, and the self time, of every service"
    " (collector.analysis.payers.bills)",
    "own_total": "self time of all spans, weighted, in thousandths of a nanosecond; the sum over"
    " all bills is the same whoever pays (collector.analysis.accounts.for_submitters)",
    "deferred": "self time of spans with submitters, and of those below them; their trigger is the"
    " route of the trace they are in, their submitters are the routes of the traces that their"
    " links name, in equal parts (collector.analysis.accounts.debts)",
}

MAX_DEBTS = 200_000
"""Submitters that are told apart in a sample, each counted once a trace: those of the newest
traces. All others are unknown."""

RoutesOf = Callable[[Collection[str]], dict[str, Route]]
"""Returns the routes of traces, those that are known, by trace id."""


class Accounts(NamedTuple):
    """What every route of a sample pays."""

    payer: str
    """One of `PAYERS`."""
    bills: Bills
    deferred: dict[Deferral, int]
    """What one route has set off for another, whoever pays; ns, weighted."""


def accounts(payer: str, sample: Sample, total: Sum, routes_of: RoutesOf) -> Accounts:
    """Return who pays for what in a sample. `total` is its sum by service.

    Submitters that are not in the sample are looked up with `routes_of`.
    """
    owed = list(_owed(sample))
    if not owed:
        return Accounts(payer, total.bills, {})
    route_of = {card.trace_id: card.route for card in sample.cards}
    payers = dict.fromkeys(trace_id for _, _, each in owed for trace_id in each.of_trace)
    route_of |= routes_of([each for each in payers if each != UNKNOWN and each not in route_of])
    bills, deferred = for_submitters(total.bills, owed, route_of.get)
    return Accounts(payer, bills if payer == SUBMITTER else total.bills, deferred)


def _owed(sample: Sample) -> Iterator[tuple[Route, int, Debts]]:
    """Yield what submitters owe to each trace of a sample, with its route and its weight."""
    left = MAX_DEBTS
    for card in sample.cards:
        if card.encoded_debts:
            debts = card.debts()
            left -= len(debts.of_trace)
            yield card.route, card.weight, debts if left >= 0 else debts.nameless()


def accounts_json(accounts: Accounts) -> Json:
    """Return the bills and the deferred work of an answer."""
    order = self_time_of if accounts.payer == SUBMITTER else _duration
    routes = accounts.bills.routes.items()
    bills = nsmallest(MAX_BILLS, routes, key=lambda item: (-order(item[1]), item[0]))
    return {
        "payer": accounts.payer,
        "bills": [bill_json(route, bill) for route, bill in bills],
        "bills_left_out": len(routes) - len(bills),
        "own_total": str(sum(self_time_of(bill) for _, bill in routes)),
        **deferrals_json(accounts.deferred),
    }


def payers(accounts: Accounts, sample: Sample, route: Route | None) -> Json:
    """Return the answer of /api/payers: all bills, or that of one route and the deferred work that
    it has to do with. The sample is of all routes: any of them may do work for this one."""
    bills, deferred = accounts.bills, accounts.deferred
    if route is not None:
        bills = Bills({route: bills.routes[route]} if route in bills.routes else {})
        deferred = {pair: time for pair, time in deferred.items() if route in pair}
    answer = accounts_json(Accounts(accounts.payer, bills, deferred))
    return answer | {"sample": sample_json(sample), "how": HOW_COMPUTED}


def bill_json(route: Route, bill: Bill) -> Json:
    """Return a BILL of docs/api.md."""
    traces = max(1, bill.traces)
    most = nsmallest(
        MAX_BILL_SERVICES,
        bill.services.items(),
        key=lambda item: (-item[1].critical, -item[1].self_time, item[0]),
    )
    critical = sum(share.critical for share in bill.services.values())
    own = self_time_of(bill)
    return {
        **route_json(route),
        "traces": bill.traces / WEIGHT_UNIT,
        "duration": bill.duration / traces,
        "own_total": str(own),
        "services": {
            name: {
                "critical": share.critical / traces,
                "share": share.critical / max(1, bill.duration),
                "own": share.self_time / traces,
                "own_share": share.self_time / max(1, own),
            }
            for name, share in most
        },
        "services_left_out": len(bill.services) - len(most),
        "critical_left_out": (critical - sum(share.critical for _, share in most)) / traces,
        "own_left_out": (own - sum(share.self_time for _, share in most)) / traces,
    }


def deferrals_json(deferred: dict[Deferral, int]) -> Json:
    """Return what routes have set off for others, the most first."""
    most = nsmallest(MAX_DEFERRALS, deferred.items(), key=lambda item: (-item[1], item[0]))
    return {
        "deferred": [
            {
                "trigger": route_json(deferral.trigger),
                "submitter": route_json(deferral.submitter),
                "own": time / WEIGHT_UNIT,
            }
            for deferral, time in most
        ],
        "deferred_left_out": len(deferred) - len(most),
    }


def route_json(route: Route) -> Json:
    """Return a route, and whether it stands for a submitter that is not stored."""
    return {**route._asdict(), "unknown": route == UNKNOWN_SUBMITTER}


def _duration(bill: Bill) -> int:
    return bill.duration
