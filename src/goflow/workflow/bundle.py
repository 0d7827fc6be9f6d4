"""Everything a run is made from, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from goflow.problems import Locator, Problem
from goflow.templating import Template, parse
from goflow.values import dataclass
from goflow.workflow.agent import Agent
from goflow.workflow.document import Workflow
from goflow.workflow.policy import Json


class SourceRole(StrEnum):
    """What a source file is to a run."""

    WORKFLOW = "workflow"
    AGENT = "agent"
    SKILL = "skill"
    MEMORY = "memory"
    INPUT = "input"
    SCRIPT = "script"
    SCHEMA = "schema"
    ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file that a run was made from: its absolute path, the SHA-256 of its bytes in hex, and the bytes."""

    role: SourceRole
    path: str
    digest: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with a prompt: its name without folders, its media type, the SHA-256 of its bytes."""

    name: str
    media_type: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaFile:
    """A JSON Schema in a file of its own: the file's absolute path, and what it holds."""

    path: str
    content: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A workflow with the files it names, and the problems met on the way.

    `agents` holds every agent that a step may name: the workflow's own under their keys, then those found
    by discovery. `locators` maps the absolute path of each parsed file to the places of its fields;
    `problems` is complete as far as reading goes, and `goflow.planning.checks` adds what takes the whole to
    see.
    """

    workflow: Workflow
    path: str
    """Absolute path of the workflow file."""
    shown_path: str
    """The path as the user wrote it, for messages."""
    agents: Mapping[str, Agent]
    memory_text: str = ""
    """What the shared memory holds at the start: the initial content, then the initial file."""
    schemas: Mapping[str, SchemaFile] = field(default_factory=dict)
    """The schemas that stand in files, by their paths as steps name them."""
    sources: tuple[SourceFile, ...] = ()
    locators: Mapping[str, Locator] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    templates: dict[str, Template] = field(default_factory=dict, compare=False, repr=False)
    """Texts that have been parsed: checking and compiling look at the same ones."""

    def template(self, text: str) -> Template:
        """Return a text of the workflow, parsed once."""
        found = self.templates.get(text)
        if found is None:
            found = self.templates[text] = parse(text)
        return found
