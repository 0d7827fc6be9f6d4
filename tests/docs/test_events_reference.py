from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from goflow.events import WIRE_NAMES

DOCS = Path(__file__).parents[2] / "docs"


def test_the_reference_of_the_events_is_what_their_docstrings_say(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    script = tmp_path / "write_events_reference.py"
    script.write_bytes((DOCS / script.name).read_bytes())

    subprocess.run([sys.executable, script], check=True)

    written = (tmp_path / "reference" / "events.md").read_text(encoding="utf-8")
    kept = (DOCS / "reference" / "events.md").read_text(encoding="utf-8")
    assert kept == written, "run `python docs/write_events_reference.py`"


def test_every_event_has_its_chapter() -> None:
    page = (DOCS / "reference" / "events.md").read_text(encoding="utf-8")

    assert all(f"\n## `{name}`\n" in page for name in WIRE_NAMES.values())
