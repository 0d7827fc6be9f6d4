"""What is found in a text for the shell: its commands, and what makes more of it than they."""

from __future__ import annotations

import re
from typing import Final

from goflow.tools.shell_words import Expansion, Word
from goflow.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """The commands of a text, those inside parentheses and substitutions too."""

    text: str
    commands: tuple[tuple[Word, ...], ...] = ()
    """Each with its words; that it is redirected, or has variables set for it, stands in `beyond`."""
    beyond: tuple[str, ...] = ()
    """What makes more of the text than commands with their words, for people."""
    is_open: bool = False
    """Whether it may run commands that are not among these."""


_SET: Final = re.compile(r"[A-Za-z_]\w*(\[[^\]]*\])?\+?=")
_GROUPING: Final = frozenset(("!", "{", "}"))
_NAMING: Final = frozenset(("for", "case", "select"))
_COMPOUND: Final = _NAMING | frozenset(
    ("if", "then", "elif", "else", "fi", "while", "until", "do", "done", "esac")
)
_OPENING: Final = frozenset(
    ("eval", "source", ".", "exec", "alias", "trap", "function", "coproc", "let", "hash", "enable", "fc")
)


class FoundCommands:
    """Collects the commands of one text."""

    def __init__(self) -> None:
        self._commands: list[tuple[Word, ...]] = []
        self._beyond: dict[str, None] = {}
        self._is_open = False

    def line(self, text: str) -> CommandLine:
        """Return all that was found."""
        return CommandLine(
            text=text,
            commands=tuple(self._commands),
            beyond=tuple(self._beyond),
            is_open=self._is_open,
        )

    def note(self, what: str) -> None:
        """Say that the text is more than its commands."""
        self._beyond[what] = None

    def open(self, what: str) -> None:
        """Say that the text may run commands that are not found."""
        self.note(what)
        self._is_open = True

    def add(self, words: list[Word]) -> None:
        """Take the words of a command, and leave the list empty for the next one."""
        start = self._behind_variables(words, self._behind_reserved(words))
        command = tuple(words[start:])
        words.clear()
        if command:
            self._commands.append(command)
            self._judge(command[0])

    def _behind_reserved(self, words: list[Word]) -> int:
        for at, word in enumerate(words):
            if not word.is_bare or word.text not in _GROUPING | _COMPOUND:
                return at
            if word.text in _COMPOUND:
                self.note(f"`{word.text}`")
            if word.text in _NAMING:
                break
        return len(words)

    def _behind_variables(self, words: list[Word], start: int) -> int:
        for at in range(start, len(words)):
            if not _SET.match(words[at].text):
                return at
            self.note("a variable that is set")
        return len(words)

    def _judge(self, name: Word) -> None:
        if name.expansion is not Expansion.NONE or not name.text:
            self.open("a command whose name is expanded")
        elif name.text in _OPENING:
            self.open(f"`{name.text}`")
        elif name.text == "[[":
            self.note("`[[`")
