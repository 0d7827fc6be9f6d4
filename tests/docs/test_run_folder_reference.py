"""The keys and files on the page are those that a run leaves."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from goflow.events import RunFinished, RunStatus
from goflow.planning.plan import PlannedMemory
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import events_of, runs, step
from tests.unit.reporters.folders import files_in, open_folder, write_live

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "run-folder.md").read_text(encoding="utf-8")


def keys_of(chapter: str) -> tuple[list[str], list[str]]:
    """Return the keys of a chapter's example and of its table."""
    text = PAGE.split(f"\n## {chapter}\n")[1].split("\n## ")[0]
    example: dict[str, object] = json.loads(text.split("```json\n")[1].split("```")[0])
    return list(example), re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)


def test_the_page_has_every_key_and_every_file(tmp_path: Path) -> None:
    folder = open_folder(
        tmp_path / "run", replace(plan_of(step("a")), memory=PlannedMemory()), keeps_streams=True
    )
    write_live(folder, events_of(*runs("a"), RunFinished(status=RunStatus.COMPLETED)))
    files = files_in(tmp_path / "run")

    for chapter, name in (
        ("workflow.meta.json", "workflow.meta.json"),
        ("step.meta.json", "steps/00_a/step.meta.json"),
    ):
        keys = list(json.loads(files[name]))
        assert keys_of(chapter) == (keys, keys)
    assert all(f"| `{Path(name).name}` |" in PAGE for name in files)


def test_the_examples_are_laid_out_as_the_files_are(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "run", plan_of(step("a")))
    write_live(folder, events_of(*runs("a")))
    written = files_in(tmp_path / "run")["steps/00_a/step.meta.json"].decode()
    example = PAGE.split("\n## step.meta.json\n")[1].split("```json\n")[1].split("```")[0]

    assert re.sub(r": .*", "", written) == re.sub(r": .*", "", example)
