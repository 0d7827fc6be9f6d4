from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from goflow.loader.workflow_files import find_workflows


def test_the_workflows_of_a_folder_are_its_mappings_with_steps(
    write: Callable[..., None], tmp_path: Path
) -> None:
    write(
        {
            "b.yaml": "name: b\nsteps: []\n",
            "a.yml": "{name: a, steps: []}",
            "quoted.yaml": '"steps": []\n',
            "json.yaml": '{\n  "steps": []\n}',
            "broken.yaml": "name: [\nsteps:\n",
            "latin.yaml": b"# caf\xe9\nsteps: []\n",
            "ci.yaml": "jobs:\n  test:\n    steps: []\n",
            "list.yaml": "- steps: []\n",
            "talk.yaml": "about: steps\n",
            "nothing.yaml": "",
            "notes.md": "steps:\n",
            "deeper/c.yaml": "steps: []\n",
            "folder.yaml/d.yaml": "steps: []\n",
        }
    )

    found = [path.name for path in find_workflows(tmp_path)]

    assert found == ["a.yml", "b.yaml", "broken.yaml", "json.yaml", "latin.yaml", "quoted.yaml"]


def test_a_file_stands_for_itself(tmp_path: Path) -> None:
    assert find_workflows(tmp_path / "x.yaml") == [tmp_path / "x.yaml"]


def test_paths_begin_as_the_folder_was_written(
    write: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"flows/a.yaml": "steps: []"})
    monkeypatch.chdir(tmp_path)

    assert find_workflows(Path("flows")) == [Path("flows/a.yaml")]
