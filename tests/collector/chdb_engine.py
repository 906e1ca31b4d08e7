"""The current ClickHouse as a package: installed beside pytest's cache, for those who ask for it.

`CHDB=1 ./workshop test tests/collector/store/clickhouse/test_current_version.py` downloads 181 MB
and unpacks 534 MB, once; `.ci/run` does.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.conftest import INSTALL_TIMEOUT_S, WRONG_HASH, alone

LOCK = Path(__file__).parent / "store" / "clickhouse" / "chdb.lock"


def make_importable(cache: pytest.Cache) -> None:
    """Let `chdb` be imported; skip the test if that is not wanted, or if it cannot be had."""
    if not os.environ.get("CHDB"):
        pytest.skip("chdb has 181 MB: CHDB=1 installs it for these tests alone")
    key = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    folder = Path(cache.mkdir("chdb"))
    home = folder / key
    with alone(folder / f"{key}.held"):
        if not (home / "complete").exists():
            shutil.rmtree(home, ignore_errors=True)
            _install(home)
            (home / "complete").touch()
    sys.path.append(str(home))


def _install(home: Path) -> None:
    """Install what the lock says; skip the test if that is not possible."""
    # Without what it needs for data frames: nobody asks it for any.
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps")
    command = (*pip, "--require-hashes", "--target", str(home), "-r", str(LOCK))
    try:
        subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S
        )
    except subprocess.CalledProcessError as failure:
        problem = str(failure.stderr).strip()
        if WRONG_HASH in problem:
            raise AssertionError(problem) from None
        pytest.skip(f"chdb cannot be installed: {problem.rpartition(chr(10))[2]}")
    except subprocess.TimeoutExpired:
        pytest.skip(f"installing chdb took longer than {INSTALL_TIMEOUT_S} s")
