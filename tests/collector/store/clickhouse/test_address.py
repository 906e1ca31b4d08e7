"""An address of a ClickHouse is read, or refused with what to write, and never shows its
password."""

from __future__ import annotations

import pytest

from collector.store.clickhouse.address import Address, AddressError, read_addresses


def test_every_part_is_read() -> None:
    (address,) = read_addresses("clickhouse://a%40b:p%3Aw%2F@db.example:9000/tracing")
    assert address == Address("db.example", 9000, "tracing", "a@b", "p:w/")
    assert read_addresses("clickhouse://[::1]/t") == [Address("::1", 8123, "t", "default", "")]


def test_tls_has_a_scheme_and_a_port_of_its_own() -> None:
    (address,) = read_addresses("clickhouses://u:p@db/t")
    assert address == Address("db", 8443, "t", "u", "p", is_secure=True)
    assert str(address) == "clickhouses://db:8443/t"


def test_several_hosts_have_all_else_in_common() -> None:
    assert read_addresses("clickhouse://u:p@one,two:9000,[::1]:7/t") == [
        Address("one", 8123, "t", "u", "p"),
        Address("two", 9000, "t", "u", "p"),
        Address("::1", 7, "t", "u", "p"),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://u:hidden@host/db", "begins with clickhouse://"),
        ("clickhouse://u:hidden@/db", "host is missing"),
        ("clickhouse://u:hidden@host:x/db", "port"),
        ("clickhouse://u:hidden@host:99999/db", "port"),
        ("clickhouse://u:hidden@host", "database"),
        ("clickhouse://u:hidden@host,/db", "host is missing"),
        ("clickhouse://u:hidden@host,host/db", "twice"),
        ("clickhouse://u:hidden@host/a;DROP", "database"),
        ("clickhouse://u:hidden@host/a?b=c", "database"),
    ],
)
def test_what_is_wrong_is_named(text: str, reason: str) -> None:
    with pytest.raises(AddressError, match=reason) as refusal:
        read_addresses(text)
    assert "hidden" not in str(refusal.value)


def test_a_password_is_not_shown() -> None:
    (address,) = read_addresses("clickhouse://u:hidden@host:1/db")
    assert "hidden" not in f"{address} {address!r} {[address]}"
    assert str(address) == "clickhouse://host:1/db"
