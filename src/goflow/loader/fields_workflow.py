"""The tables of a workflow file: its top, inputs, configuration and output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yaml import MappingNode

from goflow.loader.decode import Shape, fields_of, list_of, named, record, texts
from goflow.loader.entries import is_null, known_entries
from goflow.loader.fields_agent import agent_reference
from goflow.loader.fields_permissions import permissions
from goflow.loader.fields_policy import budget, cache, limit, shared_memory, truncate
from goflow.loader.fields_provider import provider
from goflow.loader.fields_step import step
from goflow.loader.findings import Findings
from goflow.loader.scalars import boolean, check_identifier, text, whole_number
from goflow.loader.yaml_nodes import NULL
from goflow.problems import shown, suggest
from goflow.workflow import Config, InputSpec, OutputFormat, OutputSpec, Workflow

if TYPE_CHECKING:
    from yaml import Node

_LOG_LEVELS = {"debug": "debug", "info": "info", "warn": "warn", "warning": "warn", "error": "error"}

_INPUT = Shape(
    noun="an input",
    fields={
        "description": ("description", text),
        "default": ("default", text),
        "secret": ("secret", boolean),
    },
    later=frozenset(("type", "enum", "required")),
)


def _log_level(at: Findings, node: Node) -> str | None:
    written = text(at, node)
    if written is None or written.lower() in _LOG_LEVELS:
        return None if written is None else _LOG_LEVELS[written.lower()]
    at.error("GF105", f"{shown(written)} is not one of `debug`, `info`, `warn`, `error`", node)
    return None


_CONFIG = Shape(
    noun="`config`",
    fields={
        "model": ("model", text),
        "max_concurrency": ("max_concurrency", whole_number),
        "audit_dir": ("audit_dir", text),
        "audit_retention": ("audit_retention", whole_number),
        "interactive": ("interactive", boolean),
        "streaming": ("streaming", boolean),
        "log_level": ("log_level", _log_level),
        "agent_search_paths": ("agent_search_paths", texts),
        "provider": ("provider", provider),
        "truncate": ("truncate", truncate),
        "shared_memory": ("shared_memory", shared_memory),
        "cache": ("cache", cache),
    },
    later=frozenset(("on_error", "timeout")),
)


def _format(at: Findings, node: Node) -> OutputFormat | None:
    written = text(at, node)
    if written is None or written in list(OutputFormat):
        return None if written is None else OutputFormat(written)
    help_text = suggest(written, OutputFormat) or "known: `markdown`, `plain`, `text`, `json`"
    at.warning("GF112", f"unknown format {shown(written)}: markdown is printed", node, help=help_text)
    return None


_OUTPUT = Shape(
    noun="`output`",
    fields={"steps": ("steps", texts), "format": ("format", _format), "truncate": ("truncate", truncate)},
)


def _input(at: Findings, name: str, key: Node, node: Node) -> InputSpec | None:
    check_identifier(at, name, key)
    if node.tag == NULL:
        return InputSpec()
    values = fields_of(at, node, _INPUT)
    spec = InputSpec(**(values or {}))
    if spec.secret and spec.default:
        _report_open_secret(at, name, node)
    return spec


def _report_open_secret(at: Findings, name: str, node: Node) -> None:
    key, default = known_entries(at, node)["default"]
    at.hide(default)
    at.warning(
        "GF118",
        f"the `default` of the secret input {shown(name)} is no secret: every run keeps the workflow file",
        key,
        help=f"leave it out, and give the value with `--inputs {name}=@FILE`",
    )


def _schema_version(at: Findings, node: Node) -> None:
    written = text(at, node)
    if written not in {None, "1"}:
        at.error(
            "GF113",
            f"the language's version {shown(str(written))} is unknown",
            node,
            help="this version reads `goflow: 1`",
        )


SKELETON = "a workflow begins with `name: …`, and has `steps:` with an `id` and a `prompt` each"
_WORKFLOW = Shape(
    noun="a workflow",
    fields={
        "name": ("name", text),
        "description": ("description", text),
        "inputs": ("inputs", named(_input, "inputs")),
        "config": ("config", record(_CONFIG, Config)),
        "agents": ("agents", named(agent_reference, "agents")),
        "skills": ("skills", texts),
        "steps": ("steps", list_of(step, example="`[{id: …, prompt: …}]`")),
        "output": ("output", record(_OUTPUT, OutputSpec)),
        "permissions": ("permissions", permissions),
        "limits": ("limits", named(limit, "limits")),
        "budget": ("budget", budget),
        "goflow": ("goflow", _schema_version),
    },
    required=("steps",),
    hints={"cases": "a file with `cases` is a test file, which `goflow test FILE` runs"},
)


def workflow(at: Findings, root: Node, *, stem: str) -> Workflow:
    """Return the workflow a document holds, as far as it can be read; `stem` names one without a name."""
    if not isinstance(root, MappingNode):
        at.error("GF009", "the file holds no mapping at its top, so it is no workflow", root, help=SKELETON)
        return Workflow(name=stem, steps=())
    values: dict[str, Any] | None = fields_of(at, root, _WORKFLOW)
    if values is None:
        return Workflow(name=stem, steps=())
    if not values.get("name"):
        if not _is_mistaken(at, root, "name", values):
            at.warning("GF114", f"the workflow has no `name`: {shown(stem)} is used, after the file", root)
        values["name"] = stem
    return Workflow(**{"steps": (), **values})


def _is_mistaken(at: Findings, root: Node, key: str, values: dict[str, Any]) -> bool:
    """Say whether something is written below a key that could not be read."""
    written = known_entries(at, root).get(key)
    return key not in values and written is not None and not is_null(written[1])
