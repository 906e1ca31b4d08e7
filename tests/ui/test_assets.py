"""Scripts and styles as they are served."""

from __future__ import annotations

import re
from pathlib import Path

from flask.testing import FlaskClient

from ui.assets import STATIC, modules, version


def test_the_version_changes_with_any_file(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    before = version(tmp_path)
    assert version(tmp_path) == before
    (tmp_path / "a.js").write_text("2")
    changed = version(tmp_path)
    (tmp_path / "a.js").rename(tmp_path / "b.js")
    assert len({before, changed, version(tmp_path)}) == 3


def test_nothing_comes_from_elsewhere() -> None:
    for file in STATIC.rglob("*.*"):
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text, file
        assert "https://" not in text, file


def test_scripts_never_write_markup() -> None:
    ways = re.compile(r"(inner|outer)HTML \+?= |insertAdjacentHTML|document\.write|\beval\(")
    for file in (STATIC / "js").glob("*.js"):
        assert not ways.search(file.read_text()), file


def test_modules_are_checked_by_type() -> None:
    for file in (STATIC / "js").glob("*.js"):
        assert file.read_text().startswith("// @ts-check"), file


def test_a_page_names_every_module_it_needs() -> None:
    for entry in ("live.js", "trace.js", "collector-down.js", "page.js"):
        needed = set(modules(entry))
        for name in needed:
            text = (STATIC / "js" / name).read_text()
            imported = set(re.findall(r'^(?:import|\} from)[^;]*"\./(.+?)"', text, re.MULTILINE))
            assert imported <= needed, f"{name} imports in a way that is not seen"


def test_all_style_sheets_are_served_as_one(client: FlaskClient) -> None:
    response = client.get("/static/any/site.css")
    assert response.mimetype == "text/css"
    assert "max-age=31536000" in response.headers["Cache-Control"]
    for file in (STATIC / "css").glob("*.css"):
        assert file.read_text() in response.text
