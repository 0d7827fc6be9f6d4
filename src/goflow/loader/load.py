"""Files → a bundle: the one way a workflow is read, for a run and for its resumption."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from goflow.loader.agents import AgentSearch, Folders
from goflow.loader.attachments import check_attachments
from goflow.loader.collector import collector_paused
from goflow.loader.decoded_text import decode_text
from goflow.loader.entries import is_null
from goflow.loader.fields_workflow import SKELETON, workflow
from goflow.loader.findings import Findings
from goflow.loader.locator import NodeLocator
from goflow.loader.named_files import NamedFiles
from goflow.loader.paths import absolute
from goflow.loader.reader import MEGABYTE, DiskReader, Unreadable
from goflow.loader.schema_files import SchemaFiles
from goflow.loader.sources import Sources
from goflow.loader.yaml_nodes import compose
from goflow.problems import Problem, shown
from goflow.workflow import Agent, Bundle, SchemaFile, SourceRole, Workflow

if TYPE_CHECKING:
    from goflow.loader.reader import Reader
    from goflow.loader.source_text import SourceText

WORKFLOW_LIMIT = 32 * MEGABYTE


def load_bundle(
    path: str | Path, *, cwd: Path, home: Path | None = None, reader: Reader | None = None
) -> Bundle:
    """Read a workflow with the files it names; mistakes are problems of the bundle, never exceptions.

    `path` is relative to `cwd`, which like `home` is absolute. A run that goes on is loaded with the same
    arguments and a `RecordedReader` of its sources.
    """
    file = absolute(str(path), cwd)
    with collector_paused():
        return _load(
            file, str(path), Folders(workflow=file.parent, cwd=cwd, home=home), reader or DiskReader()
        )


def _load(file: Path, shown_path: str, folders: Folders, reader: Reader) -> Bundle:
    sources = Sources()
    found = _read_workflow(file, shown_path, reader, sources)
    agents: dict[str, Agent] = {}
    memory_text = ""
    schemas: dict[str, SchemaFile] = {}
    if found is not None:
        locator = sources.locators[str(file)]
        agents = AgentSearch(folders, reader, locator, sources).resolve(found)
        files = NamedFiles(folders, reader, locator, sources)
        files.read_skills(found)
        memory_text = files.memory_text(found)
        schemas = SchemaFiles(files, locator, sources).read(found)
        check_attachments(found, folders=folders, reader=reader, locator=locator, sources=sources)
    return Bundle(
        workflow=found or Workflow(name=file.stem, steps=()),
        path=str(file),
        shown_path=shown_path,
        agents=agents,
        memory_text=memory_text,
        schemas=schemas,
        sources=tuple(sources.files.values()),
        locators=sources.locators,
        problems=tuple(dict.fromkeys(sources.problems)),
    )


def _read_workflow(file: Path, shown_path: str, reader: Reader, sources: Sources) -> Workflow | None:
    try:
        content = reader.read(file, limit=WORKFLOW_LIMIT)
    except Unreadable as error:
        hint = f"`goflow list {shown_path}` shows what is in it" if file.is_dir() else None
        sources.report([Problem(code="GF001", message=f"{shown(shown_path)} {error.reason}", help=hint)])
        return None
    sources.add(SourceRole.WORKFLOW, file, content)
    source = decode_text(content, shown_path)
    if isinstance(source, Problem):
        sources.report([source])
        return None
    return _parse_workflow(file, source, sources)


def _parse_workflow(file: Path, source: SourceText, sources: Sources) -> Workflow | None:
    at = Findings(source)
    root = compose(at)
    if (root is None or is_null(root)) and not at.problems:
        at.error("GF007", "the file is empty", source.span(0), help=SKELETON)
    found = None if root is None or at.problems else workflow(at, root, stem=file.stem)
    sources.report(source.conceal(at.problems))
    sources.locators[str(file)] = NodeLocator(source, dropped=at.dropped)
    return found
