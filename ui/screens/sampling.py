"""The Sampling screen: which traces are kept, by which rules and policies, to be changed there."""

from __future__ import annotations

import ipaddress
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from ui.client import BusyError, CollectorDownError, RefusedError
from ui.links import link
from ui.sampling import ordered, policies, rules
from ui.sampling.typed import Item, Typed, typed_from
from ui.sampling.view import KEPT_HOURS, Editor, SamplingView
from ui.screen import Answer, ask, collector

DEFAULT_PERCENT = "1"
"""What the slider asks about at first."""
NEW = "new"
HOUR_NS = 3600 * 10**9
STALE = (
    "The list was changed elsewhere meanwhile, so nothing was done. This is how it is now: try"
    " again."
)
NOTHING_CHANGED = (
    "The collector does not answer, so nothing was changed. Go back, where what you typed still is,"
    " and try again once it is up."
)
NOT_KNOWN = (
    "The collector did not answer in time, so it is not known whether this was changed. Look at the"
    " page again."
)

blueprint = Blueprint("sampling", __name__)


@dataclass(frozen=True)
class Listed:
    """Rules or policies, as a list that forms change."""

    path: str
    """Where the collector takes it."""
    items_of: Callable[[Mapping[str, Any]], list[Item]]
    read: Callable[[MultiDict[str, str]], tuple[Item, Typed]]
    body: Callable[[Answer, list[Item]], dict[str, object]]
    """Returns what the collector is told for a changed list."""


def _tail_body(answer: Answer, items: list[Item]) -> dict[str, object]:
    return {"wait_s": answer["tail"]["wait_s"], "policies": items}


RULES = Listed("rules", rules.rules_of, rules.rule_from, lambda _, items: {"rules": items})
POLICIES = Listed("policies", policies.policies_of, policies.policy_from, _tail_body)


@blueprint.get("/sampling")
def page() -> str:
    """Show the rules and the policies; `?rule=2` or `?policy=new` opens a form."""
    answer = ask("/api/sampling")
    rule = _editor("rule", answer["rules"], rules.typed_rule)
    policy = _editor("policy", answer["tail"]["policies"], policies.typed_policy)
    return _page(answer, rule=rule, policy=policy)


@blueprint.get("/sampling/what-if")
def what_if() -> str:
    """Show only what a rate would keep; `static/js/sampling.js` replaces that part of the page."""
    typed, answer = _what_if()
    view = SamplingView({}, {}, {}, answer, typed)
    return render_template("sampling-what-if-part.html", view=view)


@blueprint.post("/sampling/rules")
def change_rules() -> Response | tuple[str, int]:
    """Add a rule, change, move or remove one: the button says which."""
    return _change(RULES, lambda editor: {"rule": editor})


@blueprint.post("/sampling/policies")
def change_policies() -> Response | tuple[str, int]:
    """Add a policy, change, move or remove one: the button says which."""
    return _change(POLICIES, lambda editor: {"policy": editor})


@blueprint.post("/sampling/wait")
def change_wait() -> Response | tuple[str, int]:
    """Turn tail sampling on or off, or let it wait for another time."""
    answer = _answer_to_change()
    typed = typed_from(request.form, ("wait_s",))
    wait_s = 0 if request.form.get("do") == "off" else typed.number("wait_s")
    if wait_s is None:
        typed.errors.setdefault("wait_s", "Say how many seconds to wait, such as 5.")
    if not typed.errors:
        body = {"wait_s": wait_s, "policies": policies.policies_of(answer)}
        try:
            return _put("policies", body, "tail")
        except (RefusedError, BusyError) as refusal:
            typed.refuse(str(refusal))
    return _page(answer, wait=typed), 400


def _change(
    listed: Listed, opened: Callable[[Editor], dict[str, Editor]]
) -> Response | tuple[str, int]:
    """Do what the button of a form says; show the form again if it can't be done."""
    answer = _answer_to_change()
    items = listed.items_of(answer)
    step, index = _step()
    item, typed = listed.read(request.form)
    is_open = opened(Editor(index, typed)) if step == "save" else {}
    if request.form.get("version") != ordered.version_of(items):
        return _page(answer, message=STALE, **is_open), 409
    if index is not None and index >= len(items):
        abort(400, "There is no such row.")
    if step == "save" and typed.errors:
        return _page(answer, **is_open), 400
    changed = _changed(items, step, index, item)
    try:
        return _put(listed.path, listed.body(answer, changed), listed.path)
    except (RefusedError, BusyError) as refusal:
        if step != "save":
            return _page(answer, message=str(refusal)), 400
        typed.refuse(str(refusal))
        return _page(answer, **is_open), 400


def _answer_to_change() -> Answer:
    """Return what holds now, to a reader who may change it."""
    if _is_stranger():
        abort(
            403,
            f"Sampling can only be changed from this machine, not from {request.remote_addr}."
            " SAMPLING_ANYWHERE=1 allows it; set that only if the port is not public.",
        )
    try:
        return ask("/api/sampling")
    except CollectorDownError:
        abort(503, NOTHING_CHANGED)


def _changed(items: list[Item], step: str, index: int | None, item: Item) -> list[Item]:
    if step == "save":
        return ordered.with_item(items, index, item)
    if index is None:
        abort(400, "Which row is meant?")
    return ordered.without(items, index) if step == "remove" else ordered.moved(items, index, step)


def _put(path: str, body: object, fragment: str) -> Response:
    """Have the collector take what was changed, and lead back to the page."""
    try:
        collector().put(f"/sampling/{path}", body)
    except CollectorDownError:
        abort(503, NOT_KNOWN)
    return redirect(f"{link('/sampling')}#{fragment}", 303)  # type: ignore[return-value]


def _step() -> tuple[str, int | None]:
    """Return what the button says, `up:2`: what to do, and with which row; None is a new one."""
    step, _, which = request.form.get("do", "").partition(":")
    if step not in ("save", "remove", *ordered.STEPS) or not (which == NEW or which.isdecimal()):
        abort(400, "The form does not say what to do.")
    return step, None if which == NEW else int(which)


def _editor(
    name: str, rows: list[Answer], typed_of: Callable[[Mapping[str, Any]], Typed]
) -> Editor | None:
    """Return the form that the address opens, if any."""
    which = "" if _is_stranger() else request.args.get(name, "")
    if which == NEW:
        return Editor(None, replace(typed_of({"keep": "error"}), errors={}))
    if which.isdecimal() and int(which) < len(rows):
        return Editor(int(which), typed_of(rows[int(which)]))
    return None


def _page(answer: Answer, **opened: Any) -> str:
    percent, rated = _what_if()
    begin = time.time_ns() - KEPT_HOURS * HOUR_NS
    kept = ask("/api/sampling/kept", **{"from": begin})
    stored = ask("/api/sampling/stored")
    view = SamplingView(
        answer, kept, stored, rated, percent, may_change=not _is_stranger(), **opened
    )
    return render_template("sampling.html", view=view)


def _what_if() -> tuple[str, Answer]:
    """Return what the slider asks about, in percent, and the collector's answer."""
    typed = Typed({"percent": request.args.get("percent", DEFAULT_PERCENT)})
    share = typed.share("percent")
    if share is None or not 0 <= share <= 1:
        typed, share = Typed({"percent": DEFAULT_PERCENT}), float(DEFAULT_PERCENT) / 100
    return typed.text("percent").removesuffix("%").strip(), ask("/api/sampling/what-if", rate=share)


def _is_stranger() -> bool:
    """Return whether another machine asks, and SAMPLING_ANYWHERE does not let it (as it does in a
    container)."""
    address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104
    address = getattr(address, "ipv4_mapped", None) or address
    return not address.is_loopback and os.environ.get("SAMPLING_ANYWHERE") != "1"
