"""The learner's folder, and that no work in it is lost."""

from __future__ import annotations

import pytest

from tutor.course.workspace import Workspace
from tutor.errors import NotReadyError


@pytest.fixture
def workspace(tmp_path):
    return Workspace({"web.py", "timing.py"}, tmp_path / "mine")


def test_it_must_be_started(workspace):
    with pytest.raises(NotReadyError, match=r"\./workshop start"):
        workspace.must_exist()


def test_what_is_replaced_or_removed_is_kept(workspace):
    assert workspace.fill({"web.py": "1", "timing.py": "1"}) is None
    (workspace.folder / "notes.py").write_text("mine")
    assert workspace.replaced_by({"web.py": "2"}) == ["timing.py", "web.py"]
    backup = workspace.fill({"web.py": "2"})
    assert workspace.files() == {"web.py": "2"}
    assert {path.name: path.read_text() for path in backup.iterdir()} == {
        "web.py": "1",
        "timing.py": "1",
    }
    assert (workspace.folder / "notes.py").read_text() == "mine"


def test_what_stays_the_same_is_not_touched(workspace):
    workspace.fill({"web.py": "1"})
    before = (workspace.folder / "web.py").stat().st_mtime_ns
    assert workspace.fill({"web.py": "1"}) is None
    assert (workspace.folder / "web.py").stat().st_mtime_ns == before


def test_what_a_learner_wrote_down_is_never_replaced(workspace):
    workspace.fill({"web.py": "1"})
    workspace.add({"predictions.txt": "ours", "cost.txt": "ours"})
    (workspace.folder / "cost.txt").write_text("theirs")
    workspace.add({"predictions.txt": "ours", "cost.txt": "ours"})
    assert (workspace.folder / "predictions.txt").read_text() == "ours"
    assert (workspace.folder / "cost.txt").read_text() == "theirs"


def test_each_backup_has_a_folder_of_its_own(workspace):
    workspace.fill({"web.py": "1"})
    backups = {workspace.fill({"web.py": str(number)}) for number in range(2, 5)}
    assert sorted((backup / "web.py").read_text() for backup in backups) == ["1", "2", "3"]
