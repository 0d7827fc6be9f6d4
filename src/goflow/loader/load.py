"""Files → a bundle: the one way a workflow is read, for a run and for its resumption."""

from __future__ import annotations

import gc
import hashlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.loader.decoded_text import decode_text
from goflow.loader.fields_workflow import workflow
from goflow.loader.findings import Findings
from goflow.loader.locator import NodeLocator
from goflow.loader.paths import absolute
from goflow.loader.reader import MEGABYTE, DiskReader, Unreadable
from goflow.loader.yaml_nodes import compose
from goflow.problems import Problem
from goflow.workflow import Agent, Bundle, SourceFile, SourceRole, Workflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goflow.loader.reader import Reader

WORKFLOW_LIMIT = 32 * MEGABYTE


def load_bundle(
    path: str | Path, *, cwd: Path, home: Path | None = None, reader: Reader | None = None
) -> Bundle:
    """Read a workflow with the files it names; mistakes are problems of the bundle, never exceptions."""
    with _collector_paused():
        return _load(str(path), reader or DiskReader(), cwd)


def _load(path: str, reader: Reader, cwd: Path) -> Bundle:
    file = absolute(path, cwd)
    nothing = Workflow(name=file.stem, steps=())
    try:
        content = reader.read(file, limit=WORKFLOW_LIMIT)
    except Unreadable as error:
        problem = Problem(code="GF001", message=f"`{path}` {error.reason}")
        return Bundle(workflow=nothing, path=str(file), shown_path=path, agents={}, problems=(problem,))
    source = SourceFile(
        role=SourceRole.WORKFLOW,
        path=str(file),
        digest=hashlib.sha256(content).hexdigest(),
        content=content,
    )
    text = decode_text(content, path)
    if isinstance(text, Problem):
        return Bundle(
            workflow=nothing,
            path=str(file),
            shown_path=path,
            agents={},
            sources=(source,),
            problems=(text,),
        )
    at = Findings(text)
    root = compose(at)
    if root is None and not at.problems:
        at.error("GF007", "the file is empty", text.span(0))
    loaded = nothing if root is None else workflow(at, root, stem=file.stem)
    agents = {name: ref.inline or Agent(name=name) for name, ref in loaded.agents.items()}
    return Bundle(
        workflow=loaded,
        path=str(file),
        shown_path=path,
        agents=agents,
        sources=(source,),
        locators={str(file): NodeLocator(text, dropped=at.dropped)},
        problems=tuple(dict.fromkeys(at.problems)),
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Build many small objects without the collector looking at all of them again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
