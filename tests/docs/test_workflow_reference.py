from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from goflow.loader import (
    fields_agent,
    fields_permissions,
    fields_policy,
    fields_provider,
    fields_step,
    fields_workflow,
)
from goflow.loader.decode import Shape

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "reference" / "workflow.md"
TABLES = (fields_agent, fields_permissions, fields_policy, fields_provider, fields_step, fields_workflow)


def test_the_reference_of_the_keys_is_what_the_tables_say(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    script = tmp_path / "write_workflow_reference.py"
    script.write_bytes((DOCS / script.name).read_bytes())

    subprocess.run([sys.executable, script], check=True)

    written = (tmp_path / "reference" / "workflow.md").read_text(encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == written, "run `python docs/write_workflow_reference.py`"


def test_every_table_that_a_file_is_read_by_is_a_chapter() -> None:
    chapters = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    shapes = {
        id(value): value for table in TABLES for value in vars(table).values() if isinstance(value, Shape)
    }

    def is_told(shape: Shape) -> bool:
        rows = [f"| `{key}` |" for key in shape.fields]
        return any(all(row in chapter for row in rows) for chapter in chapters)

    assert len(chapters) == len(shapes)
    assert [shape.noun for shape in shapes.values() if not is_told(shape)] == []
