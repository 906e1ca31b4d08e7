"""Finding a Redis server, and the server that every room's tests use."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from tutor.redis_server import NoRedisError, find_redis_server


def program(folder: Path, name: str) -> Path:
    folder.mkdir()
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_one_on_the_path_comes_first(tmp_path, monkeypatch):
    on_path = program(tmp_path / "path", "redis-server")
    bundled = program(tmp_path / "bundled", "redis-server")
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert find_redis_server(bundled) == on_path


def test_else_the_bundled_one(tmp_path, monkeypatch):
    bundled = program(tmp_path / "bundled", "redis-server")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_redis_server(bundled) == bundled


def test_without_any_it_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoRedisError, match="apt install redis-server"):
        find_redis_server(tmp_path / "none")


def test_a_real_server_answers(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        client.set("tests:tutor", "bacon")
        assert client.get("tests:tutor") == b"bacon"
