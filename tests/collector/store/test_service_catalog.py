"""Services get their colours once, and their number is bounded."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.store import service_catalog
from tests.collector.chunks import chunk, trace_ids
from tests.collector.stores import collecting


def test_colours_are_given_once_and_stay(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        store.add([chunk(1, 1, service="web")])
        store.add([chunk(2, 1, service="db"), chunk(3, 1, service="app")])
        colors = {service.name: service.color for service in store.catalog.services()}
        assert colors == {"web": 0, "db": 1, "app": 2}
    with collecting(tmp_path) as store:
        store.add([chunk(4, 1, service="aaa"), chunk(5, 1, service="web")])
        colors = {service.name: service.color for service in store.catalog.services()}
        assert colors == {"web": 0, "db": 1, "app": 2, "aaa": 3}


def test_the_list_of_services_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_catalog, "MAX_SERVICES", 3)
    with collecting(tmp_path) as store:
        store.add([chunk(trace, 1, service=f"s{trace}") for trace in range(1, 6)])
        assert [service.name for service in store.catalog.services()] == ["s1", "s2", "s3"]
        assert trace_ids(store, "service:s5") == {5}
