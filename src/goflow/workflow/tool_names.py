"""The names under which people write tools: ours, and those of the programs that agent files come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CLASS_WORDS: Final = ("read", "write", "run", "web", "talk")
"""What tools do to the world; a rule may name a whole class by its word."""

CLASS_OF: Final[Mapping[str, str]] = {
    "view": "read",
    "grep": "read",
    "glob": "read",
    "list_dir": "read",
    "semantic_search": "read",
    "create_file": "write",
    "replace_string_in_file": "write",
    "multi_replace_string_in_file": "write",
    "bash": "run",
    "fetch_webpage": "web",
    "todo": "talk",
    "read_memory": "talk",
    "write_memory": "talk",
    "ask_user": "talk",
}
"""Every tool by its own name, with the word of its class."""

_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "view": ("read_file", "Read", "read", "readFile", "read/readFile"),
    "grep": ("grep_search", "Grep", "textSearch", "usages", "search/textSearch", "search/usages"),
    "glob": ("file_search", "Glob", "fileSearch", "search/fileSearch"),
    "list_dir": ("LS", "list_directory", "listDirectory", "search/listDirectory"),
    "semantic_search": ("codebase", "search/codebase"),
    "create_file": ("Write", "create", "write_file", "createFile", "edit/createFile", "edit/createFiles"),
    "replace_string_in_file": (
        "edit",
        "Edit",
        "str_replace",
        "replaceString",
        "editFiles",
        "edit/editFiles",
    ),
    "multi_replace_string_in_file": ("MultiEdit",),
    "bash": ("run_in_terminal", "Bash", "shell", "runInTerminal", "execute/runInTerminal"),
    "fetch_webpage": ("web_fetch", "WebFetch", "fetch", "fetchWebpage", "web/fetch"),
    "todo": ("TodoWrite", "todos", "manage_todo_list"),
    "ask_user": ("askQuestions", "AskUserQuestion", "vscode/askQuestions"),
}

KNOWN_TOOLS: Final[Mapping[str, str]] = {
    **{name: name for name in CLASS_OF},
    **{alias: name for name, aliases in _ALIASES.items() for alias in aliases},
}
"""Every name that means one tool, with the tool's own name."""

TOOL_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "search": ("grep", "glob", "list_dir", "semantic_search"),
}
"""Names that mean several tools."""


OF_THE_STEP: Final = frozenset({"ask_user", "read_memory", "write_memory"})
"""Tools that a step has or has not, whatever its agent's `tools` says."""


def tools_named(name: str) -> tuple[str, ...]:
    """Return the tools' own names that a name means; none where it is not known."""
    return TOOL_GROUPS.get(name) or ((KNOWN_TOOLS[name],) if name in KNOWN_TOOLS else ())


def is_foreign(name: str) -> bool:
    """Return whether a name is that of a server's tool (`server/tool`) or of a function (`module:name`)."""
    return name not in KNOWN_TOOLS and ("/" in name or ":" in name)


def class_named(name: str) -> str | None:
    """Return the word of the class that a name stands for or belongs to; None where it is not known."""
    if name in CLASS_WORDS:
        return name
    tools = tools_named(name)
    return CLASS_OF[tools[0]] if tools else None
