"""The commands that other commands start: `sudo rm`, `xargs rm`, `sh -c 'rm x'`, `find -exec rm`.

Where a command starts others, every further word is taken as the beginning of one, rather too many than
too few. What a program does of its own (`make`, `python -c`, a script) no text tells: only a sandbox
holds that.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from goflow.tools.command_lines import parse_command_line
from goflow.tools.found_commands import CommandLine
from goflow.tools.shell_words import Expansion, Word
from goflow.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A word of a command at which a command begins."""

    words: tuple[Word, ...]
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """All that a text may start, as far as can be seen."""

    starts: tuple[Start, ...]
    names: frozenset[str]
    """Every word in the text, however deep, that may be the name of a command."""
    is_open: bool
    """Whether it may start more than this."""


_SHELLS: Final = frozenset(("sh", "bash", "dash", "zsh", "ksh", "ash", "fish"))
_FEEDERS: Final = frozenset(("xargs", "parallel"))
_WRAPPERS: Final = (
    _SHELLS
    | _FEEDERS
    | frozenset(
        (
            *("sudo", "doas", "su", "runuser", "env", "nohup", "time", "nice", "ionice", "chrt", "taskset"),
            *(
                "setsid",
                "stdbuf",
                "unbuffer",
                "timeout",
                "watch",
                "flock",
                "strace",
                "ltrace",
                "chroot",
                "unshare",
            ),
            *("command", "builtin", "exec", "eval", "trap", "function", "coproc", "busybox", "toybox"),
        )
    )
)
_SEARCHES: Final = frozenset(("find", "fd", "fdfind"))
_EXECUTES: Final = frozenset(("-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch"))
_IS_TEXT: Final = re.compile(r"[\s;&|<>()`$\\'\"]")
_NAME: Final = re.compile(r"[\w.+-]+")
_QUOTING: Final = re.compile(r"\\\n|[\\'\"]")
_DEEPEST: Final = 8
_MOST_WORK: Final = 200_000
"""Characters of nested texts that are taken apart for one line, which takes about a tenth of a second."""
_WORK_PER_TEXT: Final = 100
"""What a text takes however short it is, in characters."""


class _Nested:
    """A line and the texts in it that a shell may read: each once, and those least deep first."""

    def __init__(self, line: CommandLine) -> None:
        self._line = line
        self._waiting: deque[tuple[str, int]] = deque()
        self._seen: set[str] = set()
        self._depth = 0
        self._left = _MOST_WORK

    def lines(self) -> Iterator[CommandLine]:
        """Yield the line, then the texts that are put meanwhile."""
        yield self._line
        while self._waiting:
            text, self._depth = self._waiting.popleft()
            self._left -= len(text) + _WORK_PER_TEXT
            is_read = self._left >= 0 and self._depth <= _DEEPEST
            yield parse_command_line(text) if is_read else _unread(text)

    def put(self, texts: Iterator[str]) -> None:
        """Take texts that stand in the line that was yielded last."""
        new = [text for text in dict.fromkeys(texts) if text not in self._seen]
        self._seen.update(new)
        self._waiting += ((text, self._depth + 1) for text in new)


def _unread(text: str) -> CommandLine:
    """Return a text that is not taken apart: it may start whatever is named in it, however it is quoted."""
    return CommandLine(text=_QUOTING.sub("", text), is_open=True)


def reach_of(line: CommandLine) -> Reach:
    """Return what a line may start."""
    starts: list[Start] = []
    names: set[str] = set()
    is_open = False
    nested = _Nested(line)
    for each in nested.lines():
        is_open |= each.is_open
        names.update(_names(each))
        for words in each.commands:
            first = _first_wrapped(words)
            starts += (Start(words=words, at=at) for at in (0, *range(first, len(words))))
            is_open |= _is_fed(words, first)
            nested.put(_texts(words[first:]))
    return Reach(starts=tuple(starts), names=frozenset(names), is_open=is_open)


def base_name(name: str) -> str:
    """Return a command's name without its folder, as file systems that know no case have it."""
    return re.split(r"[/\\]", name)[-1].casefold().removesuffix(".exe")


def _first_wrapped(words: tuple[Word, ...]) -> int:
    """Return the first word that may begin a command within the command; their number where none does."""
    name = base_name(words[0].text)
    if name in _SEARCHES:
        return next((at + 1 for at, word in enumerate(words) if word.text in _EXECUTES), len(words))
    is_wrapper = name in _WRAPPERS or (
        words[0].expansion is Expansion.GLOB and any(fnmatchcase(each, name) for each in _WRAPPERS)
    )
    return 1 if is_wrapper else len(words)


def _is_fed(words: tuple[Word, ...], first: int) -> bool:
    """Return whether what a command starts stands elsewhere: in a variable, or in what it reads."""
    wrapped = words[first:]
    if any(word.expansion in {Expansion.ONE, Expansion.ANY} for word in wrapped):
        return True
    name = base_name(words[0].text)
    operands = [base_name(word.text) for word in wrapped if not word.text.startswith(("-", "+"))]
    shells = [operand for operand in operands if operand in _SHELLS]
    if name in _FEEDERS:
        return bool(shells) or operands[:1] in ([], ["{}"])
    return (name in _SHELLS and not operands) or operands[-1:] == shells[-1:] != []


def _texts(wrapped: tuple[Word, ...]) -> Iterator[str]:
    """Yield the arguments that a shell may read."""
    for word in wrapped:
        if _IS_TEXT.search(word.text):
            yield word.text
            if word.text.startswith("-"):
                yield word.text[2:]
                yield word.text.partition("=")[2]


def _names(line: CommandLine) -> Iterator[str]:
    yield from _NAME.findall(line.text.casefold())
    for words in line.commands:
        for word in words:
            yield from _NAME.findall(word.text.casefold())
