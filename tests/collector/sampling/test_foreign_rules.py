"""What the clients of other systems are told."""

from __future__ import annotations

from collector.sampling.foreign_rules import datadog_rates, jaeger_strategy, xray_rules
from collector.sampling.head_rule import HeadRule

RULES = [
    HeadRule(service="web", name="admin", rate=1.0),
    HeadRule(service="web", resource="GET /pair/*", rate=0.5, per_second=2),
    HeadRule(service="web", rate=0.1),
    HeadRule(service="queue-*", rate=0.0, per_second=7),
    HeadRule(rate=0.01),
    HeadRule(service="late", rate=1.0),
]


def test_datadogs_clients_have_a_rate_for_each_service() -> None:
    assert datadog_rates(RULES) == {"service:web,env:": 0.1, "service:,env:": 0.01}
    assert datadog_rates([]) == {"service:,env:": 1.0}


def test_jaegers_clients_ask_for_their_service() -> None:
    assert jaeger_strategy(RULES, "other") == {
        "strategyType": "PROBABILISTIC",
        "probabilisticSampling": {"samplingRate": 0.01},
    }
    assert jaeger_strategy(RULES, "queue-1") == {
        "strategyType": "RATE_LIMITING",
        "rateLimitingSampling": {"maxTracesPerSecond": 7},
    }
    assert jaeger_strategy(RULES, "web")["operationSampling"] == {
        "defaultSamplingProbability": 0.1,
        "defaultLowerBoundTracesPerSecond": 0,
        "perOperationStrategies": [
            {"operation": "admin", "probabilisticSampling": {"samplingRate": 1.0}}
        ],
    }


def test_xrays_sdks_have_rules_of_their_own() -> None:
    rules = [record["SamplingRule"] for record in xray_rules(RULES)]
    assert [rule["Priority"] for rule in rules] == [1, 2, 3, 4, 5, 10_000]
    first = rules[0]
    assert (first["ServiceName"], first["HTTPMethod"], first["URLPath"]) == (
        "web",
        "GET",
        "/pair/*",
    )
    assert (first["FixedRate"], first["ReservoirSize"]) == (0.5, 2)
    assert (rules[-1]["RuleName"], rules[-1]["FixedRate"]) == ("Default", 1.0)
