"""The rules of head sampling: as forms, in words, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from ui.sampling.typed import Item, Typed, percentage, plain_number, typed_from
from ui.words.wording import counted

PATTERNS = ("service", "name", "resource")
KEYS = (*PATTERNS, "tags", "rate", "per_second")
"""What a rule consists of, beside what the collector counts."""
ANY = "*"


def rule_of(row: Mapping[str, Any]) -> Item:
    """Return the rule in a row of the collector's answer, without its counts."""
    return {key: row[key] for key in KEYS if key in row}


def rules_of(answer: Mapping[str, Any]) -> list[Item]:
    """Return the rules in the answer of `/api/sampling`, without their counts."""
    return [rule_of(row) for row in answer["rules"]]


def typed_rule(row: Mapping[str, Any]) -> Typed:
    """Return the form of a rule."""
    values = {name: "" if row.get(name, ANY) == ANY else str(row[name]) for name in PATTERNS}
    values["rate"] = percentage(row.get("rate", 1.0))
    values["per_second"] = plain_number(row.get("per_second") or None)
    return Typed(values, tags=list(row.get("tags", {}).items()))


def rule_from(form: MultiDict[str, str]) -> tuple[Item, Typed]:
    """Return the rule in a form, and the form. There is none in it if the form has errors."""
    typed = typed_from(form, (*PATTERNS, "rate", "per_second"))
    pairs = zip(form.getlist("tag_key"), form.getlist("tag_pattern"), strict=False)
    typed.tags = [(key.strip(), pattern.strip()) for key, pattern in pairs if key.strip()]
    rule: Item = {name: text for name in PATTERNS if (text := typed.text(name)) not in ("", ANY)}
    if typed.tags:
        rule["tags"] = {key: pattern or ANY for key, pattern in typed.tags}
    rate, per_second = typed.share("rate"), typed.number("per_second")
    rule["rate"] = 1.0 if rate is None else rate
    if per_second:
        rule["per_second"] = per_second
    return rule, typed


def asked_for(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a rule asks for, each with its pattern; nothing if it matches every trace."""
    given = [(name, str(row[name])) for name in PATTERNS if row.get(name, ANY) != ANY]
    return given + [(key, str(pattern)) for key, pattern in row.get("tags", {}).items()]


def kept_by(row: Mapping[str, Any]) -> str:
    """Return in words what a rule keeps: `5 a second, then 10 %`."""
    share, first = row.get("rate", 1.0), row.get("per_second", 0)
    if not first:
        return {0: "none", 1: "all"}.get(share, f"{percentage(share)} %")
    limit = f"{counted(first, 'trace')} a second"
    if not share:
        return limit
    return "all" if share == 1 else f"{limit}, then {percentage(share)} %"
