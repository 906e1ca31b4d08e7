"""The viewer in one container: it takes a trace of a real client, shows it in a real browser, opens
a file, and keeps both in its volume."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from collector.files.writers import own
from collector.model import Chunk, Span
from tests.clients.test_opentelemetry import run as run_opentelemetry
from tests.compose.engine import Project, composes, need_docker
from tutor.ports import any_free

PORTS = ("UI_PORT", "COLLECTOR_PORT", "OTLP_PORT", "ZIPKIN_PORT", "JAEGER_PORT")
PORTS += ("JAEGER_COMPACT_PORT", "JAEGER_BINARY_PORT", "JAEGER_SAMPLING_PORT", "XRAY_PORT")
PATIENCE_S = 60
FILED = "5b8efff798038103d269b633813fc60c"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The viewer's container, started once; nothing is left of it."""
    need_docker()
    ports = {name: any_free() for name in PORTS}
    folder = tmp_path_factory.mktemp("viewer")
    project = Project.make(next(composes()), f"viewertest{os.getpid()}", ports, folder)
    try:
        project.run("up", "-d", "--build", "viewer")
        wait_until_healthy(project)
        yield project
    finally:
        project.run("--profile", "viewer", "down", "-v", "--remove-orphans")
        assert project.left() == []


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def wait_until_healthy(project: Project) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while "(healthy)" not in project.run("ps", "viewer"):
        assert time.monotonic() < deadline, project.run("logs", "--tail=20", "viewer")
        time.sleep(0.3)


def url(project: Project, name: str) -> str:
    return f"http://127.0.0.1:{project.env[name]}"


def test_a_trace_of_opentelemetrys_sdk_is_shown_and_kept(project: Project, page: Page) -> None:
    page.goto(url(project, "UI_PORT"))
    for name in ("ZIPKIN_PORT", "JAEGER_COMPACT_PORT", "XRAY_PORT"):
        assert project.env[name] in page.locator(".ports").first.inner_text()
    assert url(project, "COLLECTOR_PORT") in page.locator(".welcome").inner_text()
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": url(project, "OTLP_PORT")}
    spans = run_opentelemetry(Path(sys.executable), "http", settings)
    row = page.get_by_role("link", name="GET /pair/<kind>").first
    expect(row).to_be_visible()
    row.click()
    expect(page.locator("#rows")).to_contain_text("SELECT")

    project.run("up", "-d", "--force-recreate", "viewer")
    wait_until_healthy(project)
    page.goto(f"{url(project, 'UI_PORT')}/trace/{spans[0]['trace_id']}")
    expect(page.locator("#rows")).to_contain_text("SELECT")


def test_a_file_is_opened(project: Project, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "trace.json"
    span = Span(1, 0, "web", "read", "a book", "", 1_795_174_407_000_000_000, 20)
    file.write_bytes(b"".join(own.write([Chunk(FILED, [span])])))
    page.goto(url(project, "UI_PORT"))
    page.locator(".beside summary", has_text="Open a file").press("Enter")
    page.get_by_label("A file with traces").set_input_files(file)
    page.wait_for_url(f"**/trace/{FILED}")
    expect(page.locator("#rows")).to_contain_text("a book")


def test_it_answers_for_its_services_name_too(project: Project) -> None:
    for name in ("UI_PORT", "COLLECTOR_PORT", "OTLP_PORT"):
        for host, status in (("viewer", 200), ("localhost", 200), ("evil.test", 421)):
            answer = requests.get(url(project, name) + "/ping", headers={"Host": host}, timeout=10)
            assert answer.status_code == status, (name, host)


def test_nothing_in_it_runs_as_root(project: Project) -> None:
    look = "import psutil; print([p.uids().real for p in psutil.process_iter() if"
    look += " p.name().startswith('python') and '-c' not in p.cmdline()])"
    users = project.run("exec", "-T", "viewer", "python", "-c", look).strip()
    assert users == "[10001, 10001, 10001]"


def test_it_ends_by_itself_when_stopped(project: Project) -> None:
    project.run("stop", "viewer")
    said = project.run("ps", "-a", "viewer")
    assert "Exit 0" in said or "Exited (0)" in said, said
