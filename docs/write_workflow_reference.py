"""Write `docs/reference/workflow.md` from the loader's tables: `python docs/write_workflow_reference.py`."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, cast, get_args, get_type_hints

from goflow.loader import (
    fields_agent,
    fields_permissions,
    fields_policy,
    fields_provider,
    fields_step,
    fields_workflow,
)
from goflow.loader.decode import Decoder, Shape, one_or_more
from goflow.loader.json_values import json_mapping
from goflow.templating import Condition, Truncate
from goflow.workflow import (
    Agent,
    AgentRef,
    AgentStep,
    Budget,
    CachePolicy,
    Config,
    Handoff,
    Hooks,
    InputSpec,
    LimitSpec,
    McpServer,
    ModelSettings,
    OutputSpec,
    ProviderSpec,
    SharedMemory,
    Workflow,
)
from goflow.workflow.permissions import PermissionRule, Permissions

PAGE: Final = Path(__file__).parent / "reference" / "workflow.md"

SECTIONS: Final[Mapping[str, tuple[Shape, type[Any]]]] = {
    "A workflow": (fields_workflow._WORKFLOW, Workflow),
    "An input": (fields_workflow._INPUT, InputSpec),
    "`config`": (fields_workflow._CONFIG, Config),
    "An entry of `agents`": (fields_agent._REFERENCE, AgentRef),
    "An inline agent": (fields_agent._INLINE, Agent),
    "An agent file": (fields_agent._FRONT_MATTER, Agent),
    "A step": (fields_step._STEP, AgentStep),
    "`condition`": (fields_step._CONDITION, Condition),
    "`output`": (fields_workflow._OUTPUT, OutputSpec),
    "`settings`": (fields_policy._SETTINGS, ModelSettings),
    "`permissions`": (fields_permissions._PERMISSIONS, Permissions),
    "`cache`": (fields_policy._CACHE, CachePolicy),
    "`budget`": (fields_policy._BUDGET, Budget),
    "A limit": (fields_policy._LIMIT, LimitSpec),
    "`truncate`": (fields_policy._TRUNCATE, Truncate),
    "`shared_memory`": (fields_policy._SHARED_MEMORY, SharedMemory),
    "`provider`": (fields_provider._PROVIDER, ProviderSpec),
    "An MCP server": (fields_agent._MCP_SERVER, McpServer),
    "A hand-off": (fields_agent._HANDOFF, Handoff),
    "`hooks`": (fields_agent._HOOKS, Hooks),
}
"""Each mapping that may stand in a file: how it is read, and what it becomes."""

_HEAD: Final = """# Keys of workflows and agents

<!-- Written by docs/write_workflow_reference.py; change the docstrings in src/goflow/workflow/. -->

Every key that may stand in a workflow file or in the front matter of an agent file. How they work together:
[write a workflow](../guides/workflow.md). Values are text as they are written; a key whose value is null
counts as not there. A duration is `300ms`, `90s`, `1.5h` or `1h30m`. An unknown key is a mistake in a
workflow, and a warning in an agent file; `x-...` keys are yours. Keys that are *not there yet* are mistakes
(`GF104`). `skills`, and `agents`, `mcp-servers`, `handoffs` and `hooks` of an agent file, are read and
checked, and have no effect yet.
"""
_WITHOUT_ATTRIBUTE: Final = {"goflow": "The version of the language, `1`; need not be written."}
_IN_SECONDS: Final = re.compile(r", in seconds; written as a duration under `\w+`")
_FOR_EDITORS: Final = "For editors; read and passed over."
_READ_BY: Final[Mapping[Decoder[Any], str]] = {
    json_mapping: "mapping",
    fields_step._output_schema: "mapping, or the path of a file",
    one_or_more: "text, or list of texts",
    fields_agent._tools: "list of texts, or a text with commas",
    fields_permissions._rules: "rule, or list of rules",
    fields_policy.cache: "boolean, or [`cache`](#cache)",
}
_PLAIN: Final = {str: "text", int: "whole number", float: "number", bool: "boolean", PermissionRule: "rule"}
_TITLES: Final = {kind: title for title, (_, kind) in SECTIONS.items() if title != "An agent file"}


def workflow_reference() -> str:
    """Return the page."""
    return _HEAD + "".join(_section(title, *pair) for title, pair in SECTIONS.items())


def _section(title: str, shape: Shape, kind: type[Any]) -> str:
    texts = _texts(kind)
    hints = get_type_hints(kind)
    rows = "".join(
        _row(f"`{key}`", _value(hints, shape, key), _text(texts, key, attribute))
        for key, (attribute, _) in shape.fields.items()
    )
    missing = ", ".join(f"`{key}`" for key in sorted(shape.later))
    later = f"\nNot there yet: {missing}.\n" if missing else ""
    about = inspect.cleandoc(kind.__doc__ or "").partition("\n")[0]
    return f"\n## {title}\n\n{about}\n\n| key | value | |\n|---|---|---|\n{rows}{later}"


def _row(*cells: str) -> str:
    return "".join(f"| {cell.replace('|', chr(92) + '|')} " for cell in cells) + "|\n"


def _text(texts: Mapping[str, str], key: str, attribute: str) -> str:
    return _WITHOUT_ATTRIBUTE.get(key) or (texts[attribute] if attribute else _FOR_EDITORS)


def _value(hints: Mapping[str, Any], shape: Shape, key: str) -> str:
    """Return what may stand at a key: as it is read, where that is more than what it becomes."""
    attribute, decode = shape.fields[key]
    if attribute not in hints:
        return ""
    told = _READ_BY.get(decode) or ("duration" if attribute.endswith("_s") else _type(hints[attribute]))
    return f"{told}, needed" if key in shape.required else told


def _type(hint: Any) -> str:  # noqa: ANN401 - a type hint is anything
    if hint in _TITLES:
        title = _TITLES[hint]
        return f"[{title[0].lower()}{title[1:]}](#{title.lower().replace('`', '').replace(' ', '-')})"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return " or ".join(f"`{word.value}`" for word in hint if word.value)
    if hint in _PLAIN:
        return _PLAIN[hint]
    arguments = [each for each in get_args(hint) if each is not NoneType]
    if isinstance(hint, UnionType) or len(arguments) != len(get_args(hint)):
        return " or ".join(map(_type, arguments))
    if arguments and arguments[-1] is Ellipsis:
        return f"list of {_type(arguments[0])}{'s' * (arguments[0] in _PLAIN)}"
    return f"by name: {_type(arguments[1])}"


def _texts(kind: type[Any]) -> dict[str, str]:
    """Return the texts that stand below the fields of a class."""
    definition = cast("ast.ClassDef", ast.parse(inspect.getsource(kind)).body[0])
    return {
        field.target.id: _IN_SECONDS.sub("", " ".join(below.value.value.split()))
        for field, below in zip(definition.body, definition.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }


if __name__ == "__main__":
    PAGE.write_text(workflow_reference(), encoding="utf-8")
