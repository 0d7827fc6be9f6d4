"""Rules on what tools may do: allowed, asked about, denied."""

from __future__ import annotations

import re
from typing import Final

from goflow.problems import shown
from goflow.values import dataclass
from goflow.workflow.tool_names import class_named, is_foreign


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionRule:
    """What a rule holds for, written `TOOL` or `TOOL(PATTERN)`."""

    tool: str
    """A tool by any of its names, `module:name`, `server/tool` (`*` for all of a server), a class of tools
    (`read`, `write`, `run`, `web`, `talk`), or `*` for all.
    """
    pattern: str | None = None
    """Files: a glob over the path below the workspace; without a `/`, over the name in any folder. Commands:
    their words, `*` at the end for any more. Web: a host, or `*.example.org` for the hosts below one.
    """
    text: str
    """The rule as it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What tools may do; `deny` wins over all, a step's rules over its agent's, these over the workflow's."""

    allow: tuple[PermissionRule, ...] = ()
    """Uses that need nobody's leave; for writing and running, where the folder is trusted."""
    ask: tuple[PermissionRule, ...] = ()
    """Uses that a person is asked about."""
    deny: tuple[PermissionRule, ...] = ()
    """Uses that are refused, whatever else is allowed; what one tool may not read, no other may."""
    network: bool | None = None
    """Whether commands in a sandbox may use the network; only where the folder is trusted."""


class UnreadableRule(ValueError):
    """A text that is no rule; `help` says what would be right."""

    def __init__(self, message: str, *, help: str) -> None:  # noqa: A002 - the word users see
        super().__init__(message)
        self.message = message
        self.help = help


_RULE: Final = re.compile(r"(?P<tool>[^\s()]+)(?P<open>\((?P<pattern>.*)\))?", re.DOTALL)
_FORMS: Final = "write `TOOL` or `TOOL(PATTERN)`, as in `view`, `bash(git diff *)` or `edit(src/**)`"
_HOST: Final = re.compile(r"\*|(\*\.)?[\w-]+(\.[\w-]+)*|\[[0-9A-Fa-f:.]+\]")
_SHELL_SIGNS: Final = re.compile(r"[;&|<>()`$\\#]")
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")


def read_rule(text: str) -> PermissionRule:
    """Return the rule that a text holds; raise `UnreadableRule` where it holds none."""
    found = _RULE.fullmatch(text.strip())
    if found is None or not text.isprintable():
        raise UnreadableRule(f"{shown(text)} is no rule", help=_FORMS)
    tool, pattern = found["tool"], found["pattern"]
    if found["open"]:
        pattern = pattern.strip()
        _check_pattern(tool, pattern, text)
    return PermissionRule(tool=tool, pattern=pattern, text=text.strip())


def _check_pattern(tool: str, pattern: str, text: str) -> None:
    if not pattern:
        raise UnreadableRule(
            f"{shown(text)} has an empty pattern", help=f"write `{tool}` for every use of it, or a pattern"
        )
    kind = class_named(tool)
    if kind == "talk" or tool == "*" or is_foreign(tool):
        raise UnreadableRule(
            f"{shown(text)} has a pattern, but {shown(tool)} takes none",
            help=f"write `{tool}`: patterns are for files, commands and web pages",
        )
    {"run": _check_command, "web": _check_host}.get(str(kind), _check_glob)(pattern)


def _check_command(pattern: str) -> None:
    sign = _SHELL_SIGNS.search(_QUOTED.sub("", pattern))
    if sign:
        raise UnreadableRule(
            f"the pattern {shown(pattern)} has a {shown(sign[0])}, and stands for one command",
            help="write the words of one command, as in `bash(git diff *)`; a line is matched against the "
            "rules command by command",
        )
    if re.search("['\"]", _QUOTED.sub("", pattern)):
        raise UnreadableRule(f"the quotes in the pattern {shown(pattern)} are not closed", help=_FORMS)


def _check_host(pattern: str) -> None:
    if not _HOST.fullmatch(pattern):
        raise UnreadableRule(
            f"the pattern {shown(pattern)} is no host",
            help="write the name alone, as in `docs.python.org`, or `*.python.org` for all below it",
        )


def _check_glob(pattern: str) -> None:
    parts = pattern.split("/")
    if ".." in parts or parts[0].startswith("~"):
        raise UnreadableRule(
            f"the pattern {shown(pattern)} leaves the workspace",
            help="paths are matched against patterns below the workspace, as in `src/**`, or absolute ones",
        )
    if not parts[-1]:
        raise UnreadableRule(
            f"the pattern {shown(pattern)} ends with `/`", help=f"write `{pattern}**` for all in the folder"
        )
