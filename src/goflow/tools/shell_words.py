"""Words of a shell text: quotes and escapes taken off, and whether the shell would expand what is left."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, Protocol

from goflow.values import dataclass


class Expansion(StrEnum):
    """What becomes of a word before the command sees it, from nothing to anything."""

    NONE = "none"
    """It stays as it is."""
    GLOB = "glob"
    """The names of files that match may take its place."""
    ONE = "one"
    """One word of any text: a quoted variable or substitution."""
    ANY = "any"
    """Any number of words of any text: braces, or a variable or substitution that is not quoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word without its quotes; what would be expanded stands in it as it is written."""

    text: str
    expansion: Expansion = Expansion.NONE
    is_bare: bool = True
    """Whether nothing in it is quoted, so that it may be a word of the shell's own."""


class Unreadable(Exception):
    """The text holds what is not taken apart here; the message names it."""


class Substitutions(Protocol):
    """Reads the commands that stand inside words."""

    def until_closed(self, at: int) -> int:
        """Read commands from `at` to the `)` that closes them, and return the place behind it."""
        ...

    def whole(self, text: str) -> None:
        """Read the commands of a text of their own."""
        ...


_ORDER: Final = tuple(Expansion)
_PLAIN: Final = re.compile(r"[^ \t\n;&|<>()'\"\\$`]+")
_ENDS: Final = frozenset(" \t\n;&|<>()")
_VARIABLE: Final = re.compile(
    r"\$(?:\w+|[*#?$!-]|\{[#!]?\w+(?:(?::?[-+]|%%?|##?|/)[^{}$`'\"\\()<>;&|]*)?\})", re.ASCII
)
_BRACES: Final = re.compile(r"\{[^{}]*\}")
_ESCAPED_IN_QUOTES: Final = frozenset(("$", "`", '"', "\\", "\n"))


class WordReader:
    """Reads the word that begins at `at`, which then stands behind it."""

    def __init__(self, text: str, at: int, substitutions: Substitutions) -> None:
        self._text = text
        self._substitutions = substitutions
        self._parts: list[str] = []
        self._bare: list[str] = []
        self._expansion = Expansion.NONE
        self._is_bare = True
        self.at = at

    def read(self) -> Word:
        """Return the word."""
        while self.at < len(self._text) and self._text[self.at] not in _ENDS:
            self._piece()
        self._widen(_expansion_of("".join(self._bare)))
        return Word(text="".join(self._parts), expansion=self._expansion, is_bare=self._is_bare)

    def _piece(self) -> None:
        match self._text[self.at]:
            case "'":
                self._single_quoted()
            case '"':
                self._double_quoted()
            case "\\":
                self._escaped()
            case "$" | "`":
                self._expanded(Expansion.ANY)
            case _:
                self._plain()

    def _plain(self) -> None:
        found = _PLAIN.match(self._text, self.at)
        piece = found[0] if found else self._sign()
        self._bare.append(piece)
        self._take(piece)

    def _single_quoted(self) -> None:
        self._is_bare = False
        end = self._text.find("'", self.at + 1)
        if end < 0:
            raise Unreadable("a quote that is not closed")
        self._parts.append(self._text[self.at + 1 : end])
        self.at = end + 1

    def _double_quoted(self) -> None:
        self._is_bare = False
        self.at += 1
        while (sign := self._sign()) != '"':
            if sign in {"$", "`"}:
                self._expanded(Expansion.ONE)
            elif sign == "\\" and self._text[self.at + 1 : self.at + 2] in _ESCAPED_IN_QUOTES:
                self._escaped()
            else:
                self._take(sign)
        self.at += 1

    def _escaped(self) -> None:
        """Take the sign behind a backslash; an escaped end of line is as if it were not there."""
        self.at += 1
        escaped = self._sign()
        self.at += 1
        if escaped != "\n":
            self._is_bare = False
            self._parts.append(escaped)

    def _expanded(self, expansion: Expansion) -> None:
        start = self.at
        opening = self._text[start : start + 2]
        if found := _VARIABLE.match(self._text, start):
            self.at = found.end()
        elif opening == "$(":
            self.at = self._substitutions.until_closed(start + 2)
        elif opening.startswith("`"):
            self._backticks()
        elif opening == "$" or opening[1] in _ENDS or (opening == '$"' and expansion is Expansion.ONE):
            self._take("$")
            return
        else:
            raise Unreadable(f"`{opening}`")
        self._widen(expansion)
        self._parts.append(self._text[start : self.at])

    def _backticks(self) -> None:
        end = self._text.find("`", self.at + 1)
        inner = self._text[self.at + 1 : end]
        if end < 0 or "\\" in inner:
            raise Unreadable("backticks that are not closed, or with a backslash inside")
        self.at = end + 1
        self._substitutions.whole(inner)

    def _sign(self) -> str:
        if self.at >= len(self._text):
            raise Unreadable("a quote or an escape that is not closed")
        return self._text[self.at]

    def _take(self, piece: str) -> None:
        self._parts.append(piece)
        self.at += len(piece)

    def _widen(self, expansion: Expansion) -> None:
        self._expansion = max(self._expansion, expansion, key=_ORDER.index)


def _expansion_of(bare: str) -> Expansion:
    """Return what signs that are not quoted make of a word."""
    if any("," in braces or ".." in braces for braces in _BRACES.findall(bare)):
        return Expansion.ANY
    has_set = "]" in bare[bare.find("[") :] if "[" in bare else False
    return Expansion.GLOB if has_set or "*" in bare or "?" in bare else Expansion.NONE
