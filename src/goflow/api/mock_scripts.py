"""Mock scripts: files that say what a run's steps are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.errors import UsageError
from goflow.loader.decoded_text import decode_text
from goflow.loader.reader import MEGABYTE, DiskReader, Unreadable
from goflow.loader.sources import source_file
from goflow.problems import InvalidWorkflow, Problem, Severity, shown, suggest_step
from goflow.workflow import SourceFile, SourceRole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from goflow.backends.mock_script import MockScript
    from goflow.workflow import Workflow

_LIMIT: Final = 8 * MEGABYTE
_NAMES_COMPARED: Final = 10_000


def read_script(path: Path, named: str) -> SourceFile:
    """Read a script's file; raise `UsageError` where it cannot be read, which calls it as it was `named`."""
    try:
        content = DiskReader().read(path.absolute(), limit=_LIMIT)
    except Unreadable as error:
        raise UsageError(f"the mock script {shown(named)} {error.reason}") from error
    return source_file(SourceRole.SCRIPT, path, content)


def parse_source(source: SourceFile) -> MockScript:
    """Return what a script says; raise `InvalidWorkflow` with every mistake in it."""
    from goflow.backends.mock_parser import parse_script

    text = decode_text(source.content, source.path)
    if isinstance(text, Problem):
        raise InvalidWorkflow(f"the mock script `{source.path}` cannot be read", (text,))
    return parse_script(text.text, source.path)


def stray_rules(script: MockScript, workflow: Workflow) -> Iterator[Problem]:
    """Yield warnings of rules for steps that the workflow does not have."""
    steps = [step.id for step in workflow.steps]
    strays = script.strays(steps)
    for name in strays:
        message = f"the mock script has a rule for step {shown(name)}, which the workflow does not have"
        told = suggest_step(name, steps) if len(strays) * len(steps) <= _NAMES_COMPARED else None
        yield Problem(code="GF607", message=message, severity=Severity.WARNING, help=told)
