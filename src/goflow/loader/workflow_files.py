"""Which files of a folder are workflows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from yaml import MappingNode

from goflow.loader.decoded_text import decode_text
from goflow.loader.entries import entries
from goflow.loader.findings import Findings
from goflow.loader.load import WORKFLOW_LIMIT
from goflow.loader.reader import DiskReader, Unreadable
from goflow.loader.yaml_nodes import compose
from goflow.problems import Problem

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.loader.reader import Reader

_STEPS = re.compile(rb"""^(["']?)steps\1[ \t]*:""", re.MULTILINE)


def find_workflows(path: Path) -> list[Path]:
    """Return the workflow files of a folder, or the file itself.

    A workflow is a mapping with `steps`. A broken file counts as one where `steps:` begins a line of it.
    """
    if not path.is_dir():
        return [path]
    disk = DiskReader()
    names = [name for name in disk.names(path.absolute()) if name.endswith((".yaml", ".yml"))]
    return [path / name for name in names if _is_workflow(disk, path.absolute() / name)]


def _is_workflow(reader: Reader, path: Path) -> bool:
    try:
        content = reader.read(path, limit=WORKFLOW_LIMIT)
    except Unreadable:
        return False
    if b"steps" not in content or _STEPS.search(content):
        return b"steps" in content
    source = decode_text(content, str(path))
    if isinstance(source, Problem):
        return False
    at = Findings(source)
    root = compose(at)
    return isinstance(root, MappingNode) and "steps" in entries(at, root)
