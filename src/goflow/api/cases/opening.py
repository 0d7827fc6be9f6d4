"""A test file as it is opened: what is written in it, and the workflow that it is of."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from goflow.loader.case_files import workflow_beside
from goflow.loader.case_written import WrittenFile
from goflow.loader.decoded_text import decode_text
from goflow.loader.fields_case import SKELETON, written_file
from goflow.loader.findings import Findings
from goflow.loader.reader import MEGABYTE, DiskReader
from goflow.loader.source_text import SourceText
from goflow.loader.yaml_nodes import compose
from goflow.problems import Problem, shown
from goflow.values import dataclass

CASES_LIMIT: Final = 8 * MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A test file; `findings` have what is wrong so far, and more is added to them."""

    path: Path
    findings: Findings
    written: WrittenFile
    workflow: Path | None


def open_case_file(path: Path) -> OpenFile:
    """Read a test file; raise `Unreadable` where that cannot be done."""
    source = decode_text(DiskReader().read(path.absolute(), limit=CASES_LIMIT), str(path))
    if isinstance(source, Problem):
        at = Findings(SourceText(str(path), ""))
        at.problems.append(source)
        return OpenFile(path=path, findings=at, written=WrittenFile(), workflow=None)
    at = Findings(source)
    written = _written(at)
    return OpenFile(path=path, findings=at, written=written, workflow=_workflow(at, path, written))


def _written(at: Findings) -> WrittenFile:
    root = compose(at)
    if root is not None:
        return written_file(at, root)
    if not at.problems:
        at.error("GF007", "the file is empty", at.source.span(0), help=SKELETON)
    return WrittenFile()


def _workflow(at: Findings, path: Path, written: WrittenFile) -> Path | None:
    if written.workflow is None:
        found = workflow_beside(path)
        if found is None and written.cases:
            told = "name it: `workflow: ./workflow.yaml`"
            at.error("GF702", "it is not plain which workflow is tested", at.source.span(0), help=told)
        return found
    named = path.parent / written.workflow.text
    if named.is_file():
        return named
    message = f"the workflow {shown(written.workflow.text)} does not exist"
    at.error("GF702", message, written.workflow.at, help="it is relative to the test file")
    return None
