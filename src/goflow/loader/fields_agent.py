"""The tables of agents: in a workflow file, and in the front matter of a file of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yaml import MappingNode, ScalarNode

from goflow.loader.decode import Shape, fields_of, list_of, named, one_or_more, record, texts, texts_by_name
from goflow.loader.entries import entries
from goflow.loader.fields_permissions import permissions
from goflow.loader.fields_policy import cache, settings
from goflow.loader.fields_step import LATER_OF_AGENTS
from goflow.loader.findings import Findings
from goflow.loader.scalars import boolean, text
from goflow.loader.yaml_nodes import NULL
from goflow.problems import shown
from goflow.workflow import Agent, AgentRef, Handoff, Hooks, McpServer

if TYPE_CHECKING:
    from yaml import Node


def _tools(at: Findings, node: Node) -> tuple[str, ...] | None:
    """Read a list, or names between commas; none at all means no restriction."""
    if not isinstance(node, ScalarNode):
        return texts(at, node) or None
    written = text(at, node) or ""
    return tuple(name.strip() for name in written.split(",") if name.strip()) or None


_INLINE = Shape(
    noun="an inline agent",
    fields={
        "description": ("description", text),
        "prompt": ("prompt", text),
        "tools": ("tools", _tools),
        "model": ("models", one_or_more),
        "permissions": ("permissions", permissions),
        "settings": ("settings", settings),
        "cache": ("cache", cache),
    },
    later=LATER_OF_AGENTS,
)
_MCP_SERVER = Shape(
    noun="an MCP server",
    fields={"command": ("command", text), "args": ("args", texts), "env": ("env", texts_by_name)},
    required=("command",),
)
_HANDOFF = Shape(
    noun="a hand-off",
    fields={
        "label": ("label", text),
        "agent": ("agent", text),
        "prompt": ("prompt", text),
        "send": ("send", boolean),
        "model": ("model", text),
    },
)
_HOOKS = Shape(
    noun="`hooks`",
    fields={"onPreToolUse": ("on_pre_tool_use", text), "onPostToolUse": ("on_post_tool_use", text)},
)


def _ignored(_at: Findings, _node: Node) -> None:
    return None


_complete_mcp_server = record(_MCP_SERVER, McpServer)


def _mcp_server(at: Findings, name: str, key: Node, node: Node) -> McpServer | None:
    if isinstance(node, MappingNode) and "command" not in entries(at, node):
        message = f"the MCP server {shown(name)} has no `command`, so it is left out"
        at.warning("GF115", message, key, help="servers that are no command are not done yet")
        return None
    return _complete_mcp_server(at, node)


_FRONT_MATTER = Shape(
    noun="an agent file",
    fields={
        "name": ("name", text),
        "description": ("description", text),
        "tools": ("tools", _tools),
        "model": ("models", one_or_more),
        "agents": ("agents", one_or_more),
        "mcp-servers": (
            "mcp_servers",
            named(_mcp_server, "MCP servers"),
        ),
        "handoffs": ("handoffs", list_of(record(_HANDOFF, Handoff))),
        "hooks": ("hooks", record(_HOOKS, Hooks)),
        "permissions": ("permissions", permissions),
        "settings": ("settings", settings),
        "cache": ("cache", cache),
        **dict.fromkeys(
            ("argument-hint", "user-invocable", "disable-model-invocation", "target", "infer", "metadata"),
            ("", _ignored),
        ),
    },
    later=LATER_OF_AGENTS,
)
_REFERENCE = Shape(
    noun="an agent",
    fields={"file": ("file", text), "inline": ("inline", lambda at, node: fields_of(at, node, _INLINE))},
    later=LATER_OF_AGENTS,
    hints=dict.fromkeys(_INLINE.fields, "write it below `inline:`, or in the agent file"),
)


def agent_reference(at: Findings, name: str, key: Node, node: Node) -> AgentRef:
    """Return an entry of `agents`; a mistaken one is kept, without a prompt, since steps name it."""
    if not name:
        at.error("GF110", "the name is empty", key)
    if node.tag == NULL:
        return AgentRef()
    known = len(at.problems)
    values = (None if _is_bare_file(at, name, node) else fields_of(at, node, _REFERENCE)) or {}
    if not values and len(at.problems) > known:
        return AgentRef(inline=Agent(name=name))
    if len(values) > 1:
        at.error(
            "GF111", f"the agent {shown(name)} has both `file` and `inline`", key, help="keep one of the two"
        )
    if "inline" in values:
        return AgentRef(inline=Agent(name=name, **values["inline"]))
    return AgentRef(file=values.get("file"))


def _is_bare_file(at: Findings, name: str, node: Node) -> bool:
    if not isinstance(node, ScalarNode) or not node.value.endswith(".md"):
        return False
    at.error(
        "GF102",
        "expected an agent, found the text " + shown(node.value),
        node,
        help=f"write `{name}: {{file: {node.value}}}`",
    )
    return True


def front_matter(at: Findings, node: Node) -> dict[str, Any]:
    """Return the attributes that an agent file's front matter gives."""
    return fields_of(at, node, _FRONT_MATTER) or {}
