"""The wheel built from this tree, in an empty environment outside the repository: it takes traces
of real clients, shows them in a real browser, and opens an exported file."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.clients.conftest import ClientEnvironment
from tests.clients.test_opentelemetry import run as run_opentelemetry
from tests.servers import ROOT
from tests.trace_viewer.viewers import ANY_PORTS, Viewer, running

BUILT_FROM = ("pyproject.toml", "setup.py", "README.md", "LICENSE")
BUILT_FROM += ("tracer", "trace_viewer", "collector", "ui")
INSTALL_TIMEOUT_S = 110
UNREACHABLE = re.compile(r"No matching distribution|Connection|Max retries|Temporary failure")
APP = """
from tracer import tracer

with tracer.trace("bake", service="oven", resource="croissant"):
    with tracer.trace("heat"):
        pass
"""
DECOY = "raise SystemExit('this is another program')\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose files have the names of our rooms, as anybody's may."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for name in ("ui", "collector"):
        (folder / f"{name}.py").write_text(DECOY)
    (folder / "app.py").write_text(APP)
    return folder


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the programs of an environment that has the wheel, and what it needs."""
    source = tmp_path_factory.mktemp("source")
    for name in BUILT_FROM:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
        else:
            shutil.copy2(ROOT / name, source)
    dist = tmp_path_factory.mktemp("dist")
    pip("wheel", "--no-deps", "--wheel-dir", str(dist), str(source))
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment)
    python = environment / "bin" / "python"
    pip("--python", str(python), "install", *map(str, dist.glob("*.whl")))
    return python.parent


def pip(*arguments: str) -> None:
    """Run pip; skip where packages cannot be had."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
    if done.returncode and UNREACHABLE.search(done.stderr):
        pytest.skip(f"no packages to be had: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def viewer(programs: Path, folder: Path):  # type: ignore[no-untyped-def]
    """The installed viewer, started among files that could be taken for its own."""
    command = (str(programs / "trace-viewer"),)
    with running(*ANY_PORTS, "--memory", command=command, cwd=folder) as viewer:
        yield viewer


@pytest.fixture
def page(browser: Browser):  # type: ignore[no-untyped-def]
    page = browser.new_page()
    yield page
    page.close()


def test_only_what_is_its_own_is_installed(programs: Path) -> None:
    packages = next((programs.parent / "lib").glob("python*/site-packages"))
    names = {path.name.lower() for path in packages.iterdir()}
    assert {"tracer", "trace_viewer"} <= names
    strangers = {"ui", "collector", "services", "tutor", "steps", "loadtest", "tests"}
    assert not names & (strangers | {"locust", "sqlalchemy", "gevent", "redis"})
    rooms = packages / "trace_viewer" / "rooms"
    for room in ("collector", "ui"):
        kept = {path.relative_to(rooms) for path in (rooms / room).rglob("*") if path.is_file()}
        ours = {path.relative_to(ROOT) for path in (ROOT / room).rglob("*") if path.is_file()}
        compiled = {path for path in kept | ours if path.suffix == ".pyc"}
        assert kept - compiled == ours - compiled


def test_a_program_traced_by_the_bundled_client_is_shown(
    programs: Path, folder: Path, viewer: Viewer, page: Page
) -> None:
    page.goto(viewer.page)
    command = [str(programs / "tracer-run"), str(programs / "python"), "app.py"]
    env = {**os.environ, "COLLECTOR_URL": viewer.collector}
    subprocess.run(command, cwd=folder, env=env, check=True, timeout=30)
    row = page.get_by_role("link", name=re.compile("croissant")).first
    expect(row).to_be_visible()
    row.click()
    expect(page.locator("#rows")).to_contain_text("heat")


def test_what_the_empty_page_says_brings_a_trace_of_opentelemetrys_sdk(
    programs: Path, folder: Path, client_environment: ClientEnvironment, page: Page
) -> None:
    python = client_environment("opentelemetry")
    command = (str(programs / "trace-viewer"),)
    with running(*ANY_PORTS, "--memory", command=command, cwd=folder) as fresh:
        page.goto(fresh.page)
        copy = page.get_by_role("button", name="Copy: Settings for OpenTelemetry")
        words = (copy.get_attribute("data-copy") or "").replace("\\\n", "").split()
        settings = dict(word.split("=", 1) for word in words if word.startswith("OTEL_"))
        assert set(settings) == {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"}
        run_opentelemetry(python, "http", settings)
        row = page.get_by_role("link", name="GET /pair/<kind>").first
        expect(row).to_be_visible()
        row.click()
        expect(page.locator("#rows")).to_contain_text("SELECT")
        page.goto("about:blank")


def test_an_exported_trace_is_opened(
    programs: Path, folder: Path, viewer: Viewer, page: Page
) -> None:
    subprocess.run(
        [str(programs / "python"), "app.py"],
        cwd=folder,
        env={**os.environ, "COLLECTOR_URL": viewer.collector},
        check=True,
        timeout=30,
    )
    listed = requests.get(f"{viewer.page}/api/traces?q=service:oven", timeout=10).json()["traces"]
    exported = f"{viewer.page}/api/trace/{listed[0]['trace_id']}/export?format=json"
    (folder / "trace.json").write_bytes(requests.get(exported, timeout=10).content)
    command = (str(programs / "trace-viewer"), "trace.json", "--no-browser")
    with running(*ANY_PORTS, "--memory", command=command, cwd=folder) as other:
        page.goto(other.read_until("trace.json is at").rpartition(" ")[2])
        expect(page.locator("#rows")).to_contain_text("heat")


def test_the_page_has_its_pictures_and_styles(viewer: Viewer, page: Page) -> None:
    failed: list[str] = []
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    for address in ("/", "/routes", "/map", "/compare", "/what-if"):
        page.goto(viewer.page + address, wait_until="load")
    assert not failed
    assert page.get_by_role("link", name="Course").count() == 0


@pytest.mark.parametrize("name", ["trace-viewer", "beer-and-donuts"])
def test_it_says_its_version(programs: Path, name: str) -> None:
    done = subprocess.run([programs / name, "--version"], capture_output=True, text=True)
    assert done.stdout == "trace-viewer 0.1.0\n"
