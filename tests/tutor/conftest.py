"""A small course of three lessons, and a learner's folder, in temporary folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.course.lessons import Course

FIRST = "def pair():\n    return 1\n\n\nprint(pair())\n"
SECOND = "from timing import timed\n\n\n@timed\ndef pair():\n    return 1\n\n\nprint(pair())\n"
TIMING = "def timed(function):\n    return function\n"
THIRD = FIRST.replace("return 1", "return 2")

README_1 = """\
# 01 Look

```console
$ echo hello
hello
```
"""

README_2 = """\
# 02 Time it

A new file, **`mine/timing.py`**:

```python
def timed(function):
    return function
```

In **`mine/web.py`**:

```diff
+from timing import timed
+
+
+@timed
 def pair():
     return 1
```

Reading **`mine/web.py`**:

```python
return 1
```

```console
$ ./workshop check 2
```
"""

README_3 = """\
# 03 Drop it

In **`mine/web.py`**:

```diff
-from timing import timed
-
-
-@timed
 def pair():
-    return 1
+    return 2

```

```console
$ rm mine/timing.py
$ ./workshop check 3
```
"""

HINTS = """\
# Hints

## 1 concept

An idea.

## 2 place

Here.

## 3 code

```python
def pair():
```
"""


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    """The folder of the small course."""
    folder = tmp_path / "steps"
    for slug, readme, files in (
        ("01-look", README_1, {"web.py": FIRST}),
        ("02-time-it", README_2, {"web.py": SECOND, "timing.py": TIMING}),
        ("03-drop-it", README_3, {"web.py": THIRD}),
    ):
        step = folder / slug
        step.mkdir(parents=True)
        (step / "README.md").write_text(readme)
        (step / "hints.md").write_text(HINTS)
        (step / "learned.md").write_text("A tick on a list is a **mark**.\n")
        for name, text in files.items():
            (step / name).write_text(text)
    return folder


@pytest.fixture
def course(steps: Path) -> Course:
    return Course(steps)


@pytest.fixture
def learner(steps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The learner's folder, which does not exist yet; commands use it and the small course."""
    mine = tmp_path / "mine"
    monkeypatch.setenv("STEPS_DIR", str(steps))
    monkeypatch.setenv("MINE_DIR", str(mine))
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("WEB_URL", raising=False)
    return mine
