"""The policies of tail sampling: as forms, in words, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ui.sampling.typed import Item, Typed, percentage, plain_number, typed_from
from ui.words.wording import counted, duration

KINDS = {
    "error": "errors",
    "slow": "slow ones",
    "rare": "rare ones",
    "search": "what a search finds",
    "priority": "what the app asks for",
    "sample": "a sample of the rest",
}
"""The kinds of policies, as the page calls them."""
ANY = "*"
ROUTE = ("service", "resource")
NUMBERS = ("over_ms", "percentile", "among", "per_second")
FIELDS = ("keep", "name", *ROUTE, *NUMBERS, "query", "rate")
FIELDS_OF = {
    "slow": ("over_ms", "percentile"),
    "rare": ("among",),
    "search": ("query",),
    "sample": ("rate", "per_second"),
}
"""The fields that only some kinds have."""


def policy_of(row: Mapping[str, Any]) -> Item:
    """Return the policy in a row of the collector's answer, without its counts."""
    return {key: row[key] for key in FIELDS if row.get(key) is not None}


def policies_of(answer: Mapping[str, Any]) -> list[Item]:
    """Return the policies in the answer of `/api/sampling`, without their counts."""
    return [policy_of(row) for row in answer["tail"]["policies"]]


def typed_policy(row: Mapping[str, Any]) -> Typed:
    """Return the form of a policy."""
    values = {name: "" if row.get(name, ANY) == ANY else str(row[name]) for name in ROUTE}
    values |= {name: plain_number(row.get(name)) for name in NUMBERS}
    values |= {name: str(row.get(name, "")) for name in ("keep", "name", "query")}
    values["rate"] = percentage(row["rate"]) if row.get("rate") is not None else ""
    return Typed(values)


def policy_from(form: Mapping[str, str]) -> tuple[Item, Typed]:
    """Return the policy in a form, and the form. There is none in it if the form has errors."""
    typed = typed_from(form, FIELDS)
    kind = typed.text("keep")
    policy: Item = {"keep": kind}
    for name in ("name", *ROUTE):
        if (text := typed.text(name)) not in ("", ANY):
            policy[name] = text
    given = {"query": typed.text("query"), "rate": typed.share("rate")}
    own = FIELDS_OF.get(kind, ())
    given |= {name: typed.number(name) for name in own if name in NUMBERS}
    policy |= {name: given[name] for name in own if given[name] not in (None, "")}
    if kind not in KINDS:
        typed.errors["keep"] = "Choose what to keep."
    return policy, typed


def asked_for(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the routes that a policy is about, each part with its pattern."""
    return [(name, str(row[name])) for name in ROUTE if row.get(name, ANY) != ANY]


def kept_by(row: Mapping[str, Any]) -> str:
    """Return in words what a policy keeps: `slower than 500 ms`."""
    match row["keep"]:
        case "error":
            return "with an error in some span"
        case "slow" if row.get("over_ms") is not None:
            return f"slower than {duration(row['over_ms'] * 1e6)}"
        case "slow":
            return f"slower than the route's p{row.get('percentile', 99.0):g}"
        case "rare":
            return f"of a shape that the last {counted(row.get('among', 1000), 'trace')} had not"
        case "search":
            return "found by"
        case "priority":
            return "that the app or a person asked for"
        case "sample" if row.get("rate") is not None:
            return f"{percentage(row['rate'])} % of the rest"
        case "sample":
            return f"{counted(row['per_second'], 'trace')} a second of each route, of the rest"
    return str(row["keep"])
