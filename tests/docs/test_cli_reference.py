from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_reference_of_the_commands_is_what_the_commands_say(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    script = tmp_path / "write_cli_reference.py"
    script.write_bytes((DOCS / script.name).read_bytes())

    subprocess.run([sys.executable, script], check=True)

    written = (tmp_path / "reference" / "cli.md").read_text(encoding="utf-8")
    kept = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    assert kept == written, "run `python docs/write_cli_reference.py`"
