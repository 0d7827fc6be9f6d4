"""Write `docs/reference/tools.md` from the tools themselves: `python docs/write_tools_reference.py`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goflow.tools.base import MOST_RESULT_CHARS, ParameterType, ToolClass
from goflow.tools.catalogue import TOOLS
from goflow.workflow.tool_names import KNOWN_TOOLS, TOOL_GROUPS

if TYPE_CHECKING:
    from goflow.tools.base import Parameter, Tool

PAGE: Final = Path(__file__).parent / "reference" / "tools.md"

_HEAD: Final = f"""# Tools

<!-- Written by docs/write_tools_reference.py; change the tools in src/goflow/tools. -->

What agents may use, under every name that agent files may write. What the classes are allowed to do:
[permissions](../guides/permissions.md); what the tools are for: [tools](../guides/tools.md).

A model is told at most {MOST_RESULT_CHARS:,} characters of a result: its beginning and its end, with a note
between them.

| tool | other names | class | bounds |
|---|---|---|---|
"""

_TYPES: Final = {ParameterType.TEXTS: "list of texts", ParameterType.OBJECTS: "list of objects"} | {
    ParameterType.TEXT: "text",
    ParameterType.WHOLE: "integer",
    ParameterType.FLAG: "boolean",
}


def tools_reference() -> str:
    """Return the page."""
    rows = "".join(
        _row(f"[`{name}`](#{name})", _ticked(_aliases(name)), tool.kind, tool.bounds)
        for name, tool in TOOLS.items()
    )
    groups = "".join(f"\n`{name}` stands for {_ticked(tools)}.\n" for name, tools in TOOL_GROUPS.items())
    return _HEAD + rows + groups + _classes() + "".join(map(_chapter, TOOLS.values()))


def _aliases(name: str) -> list[str]:
    return [alias for alias, tool in KNOWN_TOOLS.items() if tool == name and alias != name]


def _classes() -> str:
    source = inspect.getsource(ToolClass).split('"""')
    words = source[3::2]  # behind the docstring of the class, the text below each member
    rows = "".join(_row(f"`{kind.value}`", text) for kind, text in zip(ToolClass, words, strict=True))
    return f"\n## Classes\n\n| class | what its tools do |\n|---|---|\n{rows}"


def _chapter(tool: Tool) -> str:
    about = f"\n## {tool.name}\n\n{tool.description}\n\n"
    if not tool.parameters:
        return f"{about}It takes no arguments.\n"
    subject = f"Patterns of rules are matched against `{tool.subject}`.\n\n" if tool.subject else ""
    return f"{about}{subject}| argument | type | |\n|---|---|---|\n{''.join(_parameters(tool.parameters))}"


def _parameters(parameters: Sequence[Parameter], within: str = "") -> Iterator[str]:
    for each in parameters:
        name = f"`{within}{each.name}`"
        also = f"also {_ticked(each.aliases)}" if each.aliases else ""
        type_ = _TYPES[each.type] + ("" if each.is_required else ", optional")
        choices = f"one of {_ticked(each.choices)}" if each.choices else ""
        about = each.description[:1].upper() + each.description[1:].rstrip(".")
        yield _row(name, type_, "; ".join(filter(None, (about, choices, also))))
        yield from _parameters(each.fields, f"{within}{each.name}[].")


def _ticked(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _row(*cells: str) -> str:
    return "".join(f"| {cell.replace('|', chr(92) + '|')} " for cell in cells) + "|\n"


if __name__ == "__main__":
    PAGE.write_text(tools_reference(), encoding="utf-8")
