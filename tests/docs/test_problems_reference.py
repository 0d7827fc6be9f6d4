from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_reference_of_problems_is_the_table_of_codes(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    script = tmp_path / "write_problems_reference.py"
    script.write_bytes((DOCS / script.name).read_bytes())

    subprocess.run([sys.executable, script], check=True)

    written = (tmp_path / "reference" / "problems.md").read_text(encoding="utf-8")
    kept = (DOCS / "reference" / "problems.md").read_text(encoding="utf-8")
    assert kept == written, "run `python docs/write_problems_reference.py`"
