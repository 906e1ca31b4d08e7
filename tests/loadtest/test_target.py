"""Whose app may be put under load."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.target import refusal


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:5000", "http://localhost", "http://LOCALHOST:1/x", "http://[::1]:5000"],
)
def test_this_machine_may(url: str) -> None:
    assert refusal(url) == ""


@pytest.mark.parametrize(
    "url", ["http://example.com", "http://10.0.0.1:5000", "http://127.0.0.1.example.com"]
)
def test_another_one_only_if_it_is_named(url: str) -> None:
    assert "another machine" in refusal(url)
    assert "another machine" in refusal(url, "example.org")
    host = url.removeprefix("http://").removesuffix(":5000")
    assert f"--allow-host {host}" in refusal(url)
    assert refusal(url, host) == ""


@pytest.mark.parametrize("url", ["", "beer", "http://", "127.0.0.1:5000"])
def test_what_is_not_an_address_is_refused_as_such(url: str) -> None:
    assert "is not the address of an app" in refusal(url)


@given(st.ip_addresses(v=4))
def test_of_all_addresses_only_loopback_ones_may(address: ipaddress.IPv4Address) -> None:
    assert (refusal(f"http://{address}:5000") == "") == address.is_loopback
