"""The rules as the clients of other systems can follow them: each knows a part of them only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from collector.sampling.head_rule import ANY, HeadRule, matches_all_of


def datadog_rates(rules: Sequence[HeadRule]) -> dict[str, float]:
    """Return what Datadog's clients are told: a rate for each service, and one for all others."""
    rates: dict[str, float] = {}
    for rule in rules:
        if set(rule.patterns) <= {"service"} and (rule.service == ANY or _is_name(rule.service)):
            service = "" if rule.service == ANY else rule.service
            rates.setdefault(f"service:{service},env:", rule.rate)
            if not service:
                return rates
    return rates | {"service:,env:": 1.0}


def first_for_service(rules: Sequence[HeadRule], service: str) -> HeadRule:
    """Return the first rule for all that a service does; one that keeps all if there is none."""
    for rule in rules:
        if set(rule.patterns) <= {"service"} and matches_all_of(rule.service, service):
            return rule
    return HeadRule()


def jaeger_strategy(rules: Sequence[HeadRule], service: str) -> dict[str, Any]:
    """Return the answer to a Jaeger client that asks how many of its traces to keep."""
    rule = first_for_service(rules, service)
    if rule.per_second and not rule.rate:
        limit = {"maxTracesPerSecond": rule.per_second}
        return {"strategyType": "RATE_LIMITING", "rateLimitingSampling": limit}
    strategy: dict[str, Any] = {
        "strategyType": "PROBABILISTIC",
        "probabilisticSampling": {"samplingRate": rule.rate},
    }
    by_operation = {
        each.name: each.rate
        for each in reversed(rules)
        if set(each.patterns) <= {"service", "name"}
        and "name" in each.patterns
        and _is_name(each.name)
        and matches_all_of(each.service, service)
    }
    if by_operation:
        strategy["operationSampling"] = {
            "defaultSamplingProbability": rule.rate,
            "defaultLowerBoundTracesPerSecond": 0,
            "perOperationStrategies": [
                {"operation": name, "probabilisticSampling": {"samplingRate": rate}}
                for name, rate in sorted(by_operation.items())
            ],
        }
    return strategy


def xray_rules(rules: Sequence[HeadRule]) -> list[dict[str, Any]]:
    """Return the answer to an X-Ray SDK that asks for rules; those that it knows no words for, for
    operations and tags, are left out."""
    asked = [rule for rule in rules if set(rule.patterns) <= {"service", "resource"}]
    records = []
    for number, rule in enumerate([*asked, HeadRule()], 1):
        method, _, path = rule.resource.partition(" ")
        fields = {
            "RuleName": "Default" if number > len(asked) else f"rule {number}",
            "RuleARN": "*",
            "ResourceARN": "*",
            "Priority": 10_000 if number > len(asked) else number,
            "FixedRate": rule.rate,
            # It must have one: an SDK that has used up its reservoir asks for more of it.
            "ReservoirSize": rule.per_second,
            "ServiceName": rule.service,
            "ServiceType": "*",
            "Host": "*",
            "HTTPMethod": method or "*",
            "URLPath": path or "*",
            "Version": 1,
            "Attributes": {},
        }
        records.append({"SamplingRule": fields, "CreatedAt": 0, "ModifiedAt": 0})
    return records


def _is_name(pattern: str) -> bool:
    """Return whether a pattern matches one text only."""
    return not {"*", "?"} & set(pattern)
