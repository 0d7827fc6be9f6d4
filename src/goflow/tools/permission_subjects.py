"""What a call is about, as patterns of rules see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from goflow.tools.base import ToolClass
from goflow.tools.command_lines import parse_command_line
from goflow.tools.command_patterns import allows_command, may_start
from goflow.tools.file_patterns import allows_path, may_name
from goflow.tools.found_commands import CommandLine
from goflow.tools.host_patterns import fits_host, host_of
from goflow.tools.wrapped_commands import reach_of
from goflow.values import dataclass
from goflow.workflow.tool_names import is_foreign

if TYPE_CHECKING:
    from goflow.tools.shell_words import Word
    from goflow.tools.wrapped_commands import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A use of a tool."""

    tool: str
    """The tool's own name, `module:name` of a function, or `server/tool`."""
    kind: ToolClass
    subject: str = ""
    """A path that has been resolved: below the workspace relative to it, with `/`, else absolute; the whole
    text for the shell; or an address. Who follows redirects judges each address.
    """
    alias: str = ""
    """The name that the model used, for messages."""

    @property
    def name(self) -> str:
        """Return what the model calls the tool."""
        return self.alias or self.tool


class Part(Protocol):
    """What rules are held against one by one: a call is allowed where each of its parts is."""

    def is_allowed(self, pattern: str) -> bool:
        """Return whether the part certainly fits."""
        ...

    def is_caught(self, pattern: str) -> bool:
        """Return whether the part may fit."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Path:
    path: str

    def is_allowed(self, pattern: str) -> bool:
        return allows_path(pattern, self.path)

    def is_caught(self, pattern: str) -> bool:
        return may_name(pattern, self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Host:
    host: str | None

    def is_allowed(self, pattern: str) -> bool:
        return self.host is not None and fits_host(pattern, self.host)

    def is_caught(self, pattern: str) -> bool:
        return self.host is None or fits_host(pattern, self.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    """A command of a text, with all that it may start."""

    words: tuple[Word, ...]
    reach: Reach

    def is_allowed(self, pattern: str) -> bool:
        return allows_command(pattern, self.words)

    def is_caught(self, pattern: str) -> bool:
        return may_start(pattern, self.reach)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unseen:
    """What a text may start besides its commands."""

    reach: Reach

    def is_allowed(self, pattern: str) -> bool:
        return False

    def is_caught(self, pattern: str) -> bool:
        return may_start(pattern, self.reach)


class _Whole:
    """What patterns say nothing about."""

    def is_allowed(self, pattern: str) -> bool:
        return False

    def is_caught(self, pattern: str) -> bool:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What rules see of a call."""

    parts: tuple[Part, ...]
    """Each needs to be allowed."""
    unseen: tuple[Part, ...] = ()
    """What may be caught, and needs no leave of its own."""
    beyond: tuple[str, ...] = ()
    """Why no pattern allows the command."""


def subject_of(call: Call) -> Subject:
    """Return what rules see of a call."""
    if is_foreign(call.tool):
        return Subject(parts=(_Whole(),))
    match call.kind:
        case ToolClass.READ | ToolClass.WRITE:
            return Subject(parts=(_Path(path=call.subject),))
        case ToolClass.WEB:
            return Subject(parts=(_Host(host=host_of(call.subject)),))
        case ToolClass.RUN:
            return _commands(parse_command_line(call.subject))
        case ToolClass.TALK:
            return Subject(parts=(_Whole(),))


def _commands(line: CommandLine) -> Subject:
    whole = reach_of(line)
    found = [_Command(words=words, reach=_reach_of_one(words)) for words in line.commands]
    return Subject(
        parts=tuple(found) if found and not line.beyond else (*found, _Whole()),
        unseen=(_Unseen(reach=whole),) if whole.is_open else (),
        beyond=line.beyond,
    )


def _reach_of_one(words: tuple[Word, ...]) -> Reach:
    return reach_of(CommandLine(text="", commands=(words,)))
