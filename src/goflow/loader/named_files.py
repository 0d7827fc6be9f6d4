"""Files that a workflow names besides agents: skills, and the memory's initial file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.loader.decoded_text import decode_text
from goflow.loader.entries import entries
from goflow.loader.findings import Findings
from goflow.loader.front_matter import read_front_matter
from goflow.loader.paths import absolute, shown_from
from goflow.loader.reader import MEGABYTE, Unreadable
from goflow.loader.scalars import text
from goflow.problems import Problem, shown
from goflow.workflow import SourceRole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from goflow.loader.agents import Folders
    from goflow.loader.reader import Reader
    from goflow.loader.source_text import SourceText
    from goflow.loader.sources import Sources
    from goflow.problems import FieldPath, Locator
    from goflow.workflow import Workflow

SKILL_LIMIT = MEGABYTE
MEMORY_LIMIT = 8 * MEGABYTE


class NamedFiles:
    """Reads files relative to a workflow file; `sources` gets each, and what is wrong where it is named."""

    def __init__(self, folders: Folders, reader: Reader, locator: Locator, sources: Sources) -> None:
        self._folders = folders
        self._reader = reader
        self._locator = locator
        self._sources = sources

    def read_skills(self, workflow: Workflow) -> None:
        """Read and check every skill file."""
        checked: set[str] = set()
        for field, written in _skills(workflow):
            if written not in checked:
                source = self.read(SourceRole.SKILL, written, field, limit=SKILL_LIMIT)
                if source is not None:
                    checked.add(written)
                    self._sources.report(_skill_problems(source))

    def memory_text(self, workflow: Workflow) -> str:
        """Return what the shared memory holds at the start."""
        memory = workflow.config.shared_memory
        if memory is None:
            return ""
        content = memory.initial_content or ""
        if memory.initial_file is None:
            return content
        field = ("config", "shared_memory", "initial_file")
        source = self.read(SourceRole.MEMORY, memory.initial_file, field, limit=MEMORY_LIMIT)
        between = "\n" if content and not content.endswith("\n") else ""
        return content if source is None else content + between + source.text

    def path(self, written: str) -> Path:
        """Return the absolute path of a file that is named."""
        return absolute(written, self._folders.workflow)

    def read(
        self, role: SourceRole, written: str, field: FieldPath, *, limit: int, code: str = "GF123"
    ) -> SourceText | None:
        """Read a file that `field` names; `code` is that of the problem where it cannot be read."""
        path = self.path(written)
        try:
            content = self._reader.read(path, limit=limit)
        except Unreadable as error:
            tried = f"tried {shown(shown_from(path, self._folders.cwd))}"
            message = f"the {role} file {shown(written)} {error.reason}"
            span = self._locator.span(field)
            self._sources.report([Problem(code=code, message=message, span=span, help=tried)])
            return None
        self._sources.add(role, path, content)
        source = decode_text(content, shown_from(path, self._folders.cwd))
        if isinstance(source, Problem):
            self._sources.report([source])
            return None
        return source


def _skills(workflow: Workflow) -> Iterator[tuple[FieldPath, str]]:
    for index, written in enumerate(workflow.skills):
        yield ("skills", index), written
    for number, step in enumerate(workflow.steps):
        for index, written in enumerate(step.skills):
            yield ("steps", number, "skills", index), written


def _skill_problems(source: SourceText) -> list[Problem]:
    """Check the two keys that matter here; the others belong to the tools that share the file."""
    at = Findings(source)
    front = read_front_matter(at)
    if front.root is not None:
        written = entries(at, front.root)
        for key in ("name", "description"):
            if key in written:
                text(at, written[key][1])
    return at.problems
