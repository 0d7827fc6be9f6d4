"""The schemas of outputs: those in files are read, and each is checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from goflow.loader.entries import is_null
from goflow.loader.findings import Findings
from goflow.loader.json_text import NotJson, parse_json
from goflow.loader.json_values import json_mapping
from goflow.loader.locator import NodeLocator
from goflow.loader.reader import MEGABYTE
from goflow.loader.yaml_mistakes import MAX_DEPTH, report_depth
from goflow.loader.yaml_nodes import compose
from goflow.problems import Problem
from goflow.workflow import SchemaFile, SourceRole

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.loader.named_files import NamedFiles
    from goflow.loader.schema_check import Mistake
    from goflow.loader.source_text import SourceText
    from goflow.loader.sources import Sources
    from goflow.planning.schemas import Schema
    from goflow.problems import FieldPath, Locator
    from goflow.workflow import Workflow
    from goflow.workflow.policy import Json

SCHEMA_LIMIT: Final = MEGABYTE


class SchemaFiles:
    """Reads the schemas that a workflow names, and checks these and its own; `sources` gets what is wrong."""

    def __init__(self, files: NamedFiles, locator: Locator, sources: Sources) -> None:
        self._files = files
        self._locator = locator
        self._sources = sources
        self._judged: dict[str, list[Mistake]] = {}

    def read(self, workflow: Workflow) -> dict[str, SchemaFile]:
        """Return the schemas in files, by their paths as steps name them."""
        found: dict[str, SchemaFile | None] = {}
        for index, step in enumerate(workflow.steps):
            field = ("steps", index, "output_schema")
            written = step.output_schema
            if isinstance(written, str):
                if written not in found:
                    found[written] = self._read(written, field)
            elif written is not None:
                self._check(written, self._locator, field)
        return {written: file for written, file in found.items() if file is not None}

    def _read(self, written: str, field: FieldPath) -> SchemaFile | None:
        source = self._files.read(SourceRole.SCHEMA, written, field, limit=SCHEMA_LIMIT, code="GF124")
        if source is None:
            return None
        path = self._files.path(written)
        content = self._content(source, path)
        if content is None:
            return None
        return SchemaFile(path=str(path), content=content)

    def _content(self, source: SourceText, path: Path) -> dict[str, Json] | None:
        at = Findings(source)
        content = _of_json(at) if path.suffix.lower() == ".json" else _of_yaml(at)
        self._sources.report(at.problems)
        if content is None or at.problems:
            return None
        locator = self._sources.locators.setdefault(str(path), NodeLocator(source, dropped=at.dropped))
        return content if self._check(content, locator, ()) else None

    def _check(self, schema: Schema, locator: Locator, field: FieldPath) -> bool:
        """Report what is wrong with a schema that stands at `field`; return whether nothing is."""
        from goflow.loader.schema_check import mistakes_of

        text = json.dumps(schema)
        if text not in self._judged:
            self._judged[text] = mistakes_of(schema)
        mistakes = self._judged[text]
        self._sources.report(
            Problem(
                code=mistake.code,
                message=mistake.message,
                span=locator.span((*field, *mistake.path)),
                help=mistake.help,
            )
            for mistake in mistakes
        )
        return not mistakes


def _of_yaml(at: Findings) -> dict[str, Json] | None:
    root = compose(at)
    if root is None or is_null(root):
        if not at.problems:
            at.error("GF007", "the file is empty", at.source.span(0))
        return None
    return json_mapping(at, root)


def _of_json(at: Findings) -> dict[str, Json] | None:
    try:
        value = parse_json(at.source.text)
    except NotJson as error:
        at.error("GF018", f"broken JSON: {error.reason}", at.source.span(error.offset or 0))
        return None
    if not isinstance(value, dict):
        at.error("GF102", "expected an object, which a schema is", at.source.span(0))
        return None
    if _depth(value) > MAX_DEPTH:
        report_depth(at, at.source.span(0))
    return value


def _depth(value: Json) -> int:
    """Return how deep lists and mappings stand in each other, counted no further than is allowed."""
    level: list[Json] = [value]
    depth = 0
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
    return depth
