"""What a run's folder holds, byte for byte: a step's prompt and output, the journal's lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from goflow.cli.streams import is_terminal
from goflow.errors import GoflowError
from goflow.journal.foreign import step_file
from goflow.journal.reader import NAME, JournalReader
from goflow.reporters.sanitize import sanitize
from goflow.reporters.step_meta import encode_text

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.api.history import History
    from goflow.projections import StepView


def text_of(history: History, step: StepView, part: str) -> bytes:
    """Return a step's `prompt` or `output` as its file holds it; for a terminal, what is harmless of it."""
    text: str | None = getattr(step, part)
    if text is None:
        raise GoflowError(f"step `{step.id}` has no {part}: its status is `{step.status}`")
    if is_terminal():
        return encode_text(f"{sanitize(text)}\n")
    kept = step_file(history.folder, step.id, f"{part}.md") if history.is_original else None
    return encode_text(text) if kept is None else kept


def journal_lines(folder: Path, step: str | None) -> bytes:
    """Return the journal as it stands there, or a step's lines of it; a torn end is left out."""
    reader = JournalReader(folder)
    reader.read_new()
    with (folder / NAME).open("rb") as file:
        lines = file.read(reader.size).splitlines(keepends=True)
    return b"".join(line for line in lines if step is None or json.loads(line).get("step") == step)
