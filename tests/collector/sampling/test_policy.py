"""Policies as JSON, and the ones that can never keep anything."""

from __future__ import annotations

import msgspec
import pytest

from collector.sampling.policy import (
    DEFAULT_POLICIES,
    KeepErrors,
    KeepSample,
    KeepSlow,
    PolicyError,
    TailSettings,
    never_keeping,
    read_settings,
)


def test_settings_are_read_as_they_are_written() -> None:
    settings = TailSettings(5, [*DEFAULT_POLICIES, KeepSlow("lazy", over_ms=500)])
    assert read_settings(msgspec.json.encode(settings)) == settings


def test_a_policy_is_named_after_its_kind() -> None:
    assert [policy.reason for policy in DEFAULT_POLICIES] == [
        "priority",
        "error",
        "slow",
        "rare",
        "sample",
    ]
    assert KeepErrors("broken").reason == "broken"


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ('{"keep": "all"}', "Invalid value 'all'"),
        ('{"keep": "error", "over_ms": 5}', "unknown field `over_ms`"),
        ('{"keep": "slow", "over_ms": 0}', "> 0.0"),
        ('{"keep": "sample"}', "either a rate or a number per_second"),
        ('{"keep": "sample", "rate": 0.5, "per_second": 1}', "either a rate or a number"),
        ('{"keep": "search"}', "the query is missing"),
        ('{"keep": "search", "query": "duration:long"}', "the query cannot be read"),
        ('{"keep": "error", "name": "a b"}', "matching regex"),
        ("{" * 5000, "malformed"),
        ('{"keep": "error", "name": "' + "x" * 100 + '"}', "length <= 60"),
    ],
)
def test_what_is_no_policy_is_named(policy: str, reason: str) -> None:
    with pytest.raises(PolicyError, match=reason):
        read_settings(f'{{"wait_s": 5, "policies": [{policy}]}}'.encode())


@pytest.mark.parametrize("body", [b"", b"[]", b'{"policies": []}', b'{"wait_s": 301}', b"\xff"])
def test_what_are_no_settings_is_refused(body: bytes) -> None:
    with pytest.raises(PolicyError, match="no sampling policies"):
        read_settings(body)


def test_policies_that_an_earlier_one_leaves_nothing_are_known() -> None:
    policies = [
        KeepSlow(over_ms=100),
        KeepSlow(over_ms=200),
        KeepSlow(),
        KeepErrors(resource="GET /pair"),
        KeepErrors(),
        KeepSample(service="web", rate=0.5),
        KeepSample(service="web", resource="GET /*", per_second=1),
        KeepSample(rate=0.1),
    ]
    assert never_keeping(policies) == {1: 0, 6: 5}
