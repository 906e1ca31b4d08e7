"""A real PostgreSQL server on a free port, as installed by Debian or found on the PATH."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def running_postgres(port: int) -> Iterator[str]:
    """Run PostgreSQL until the block ends and yield the address of an empty database.

    Skips the test if PostgreSQL is not installed.
    """
    pytest.importorskip("psycopg", reason="the PostgreSQL driver psycopg is not installed")
    initdb, postgres = _program("initdb"), _program("postgres")
    if not initdb or not postgres:
        pytest.skip("no PostgreSQL server is installed (Debian: apt install postgresql)")
    with tempfile.TemporaryDirectory(prefix="postgres") as folder:
        user = _unprivileged(folder)
        data = f"{folder}/data"
        made = subprocess.run(
            [initdb, "-D", data, "-U", "beer", "--auth=trust", "--no-sync", "--encoding=UTF8"],
            capture_output=True,
            text=True,
            **user,
        )
        assert made.returncode == 0, made.stderr
        with Path(folder, "log").open("w") as log:
            server = subprocess.Popen(
                [postgres, "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder, "-F"],
                stdout=log,
                stderr=log,
                **user,
            )
        try:
            _wait_until_it_accepts(port, Path(folder, "log"))
            yield f"postgresql+psycopg://beer@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)  # "fast": without waiting for its clients to leave
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _program(name: str) -> Path | None:
    places = [*Path("/usr/lib/postgresql").glob(f"*/bin/{name}")]
    if on_path := shutil.which(name):
        places.append(Path(on_path))
    return max(places, default=None)


def _unprivileged(folder: str) -> dict[str, Any]:
    """Return the options to run PostgreSQL as another user if this is root, which it refuses."""
    if os.getuid() != 0:
        return {}
    try:
        owner = pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": [], "cwd": folder}


def _wait_until_it_accepts(port: int, log: Path) -> None:
    import psycopg

    for _ in range(200):
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="beer", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"PostgreSQL did not start: {log.read_text()}")
