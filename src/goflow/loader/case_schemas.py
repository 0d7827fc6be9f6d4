"""The schemas that cases hold texts against: in place, or in a file beside the test file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from yaml import MappingNode, SequenceNode

from goflow.loader.agents import Folders
from goflow.loader.entries import entries
from goflow.loader.json_values import json_mapping
from goflow.loader.named_files import NamedFiles
from goflow.loader.reader import DiskReader
from goflow.loader.scalars import text
from goflow.loader.schema_files import SchemaFiles
from goflow.loader.sources import Sources
from goflow.values import dataclass
from goflow.workflow import AgentStep, Workflow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yaml import Node

    from goflow.loader.findings import Findings
    from goflow.problems import FieldPath, Span
    from goflow.workflow.policy import Json

_EXPECTED = "a JSON Schema, which is a mapping, or the path of a file that holds one"
_LEADING = len(("steps", 0, "output_schema"))
"""How much of a field's path leads to the schema: it is read as that of a step."""


def schema(at: Findings, node: Node) -> Mapping[str, Json] | None:
    """Read and check a schema as that of a step is; a file is relative to the test file."""
    written = json_mapping(at, node) if isinstance(node, MappingNode) else text(at, node, expected=_EXPECTED)
    if written is None:
        return None
    locator, sources = _Within(at, node), Sources()
    folder = Path(at.source.shown).absolute().parent
    folders = Folders(workflow=folder, cwd=Path.cwd(), home=None)
    files = SchemaFiles(NamedFiles(folders, DiskReader(), locator, sources), locator, sources)
    found = files.read(Workflow(name="", steps=(AgentStep(id="", prompt="", output_schema=written),)))
    at.problems.extend(sources.problems)
    if sources.problems:
        return None
    return found[written].content if isinstance(written, str) else written


@dataclass(frozen=True, slots=True)
class _Within:
    """Finds places inside a schema that is written in a test file."""

    at: Findings
    node: Node

    def span(
        self, path: FieldPath, *, key: bool = False, text: str | None = None, occurrence: int = 0
    ) -> Span:
        """Return the place of a value of the schema, else of what stands around it."""
        node = self.node
        for part in path[_LEADING:]:
            found = self._child(node, part)
            if found is None:
                break
            node = found
        return self.at.place(node)

    def _child(self, node: Node, part: str | int) -> Node | None:
        if isinstance(node, MappingNode):
            pair = entries(self.at, node).get(str(part))
            return None if pair is None else pair[1]
        if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
            child: Node = node.value[part]
            return child
        return None
