"""A text for the shell, taken apart into its commands, as far as that is certain.

It is read to judge it, never to run it. What is not certain is said so: no pattern then allows the text.
"""

from __future__ import annotations

import re
from typing import Final

from goflow.tools.found_commands import CommandLine, FoundCommands
from goflow.tools.shell_words import Expansion, Unreadable, Word, WordReader

MOST_CHARS: Final = 50_000
"""Longer texts are not taken apart."""

_DEEPEST: Final = 20
_OPERATOR: Final = re.compile(r"&&|\|\||\|&|;;&|;;|;&|[;&|\n]")
_REDIRECT: Final = re.compile(r"&>>|&>|<<<|<<-|<<|<&|<>|<|>>|>&|>\||>")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_BLANK: Final = re.compile(r"(?:[ \t]|\\\n)+")
_COMMENT: Final = re.compile(r"#[^\n]*")
_NUMBER: Final = re.compile(r"[0-9]+")
_DESCRIPTOR: Final = re.compile(r"[0-9]+-?|-")
_ARROWS: Final = frozenset("<>")
_TO_DESCRIPTOR: Final = frozenset((">&", "<&"))
_HERE: Final = frozenset(("<<", "<<-"))


def parse_command_line(text: str) -> CommandLine:
    """Return the commands of a text; nothing is raised, whatever it holds."""
    found = FoundCommands()
    if _CONTROL.search(text):
        found.open("a control character")
    if len(text) > MOST_CHARS:
        found.open("a text that long")
    else:
        _read(text, found, depth=0)
    return found.line(text)


def _read(text: str, found: FoundCommands, *, depth: int) -> None:
    try:
        _LineReader(text, found, depth=depth).read()
    except Unreadable as error:
        found.open(str(error))


class _LineReader:
    """Reads a text for its commands; it is also what its words read their substitutions with."""

    def __init__(self, text: str, found: FoundCommands, *, depth: int) -> None:
        self._text = text
        self._found = found
        self._depth = depth
        self._at = 0

    def read(self) -> None:
        """Read all of the text."""
        self._commands(closing=False)

    def until_closed(self, at: int) -> int:
        """Read a substitution that is part of this text."""
        self._at = at
        self._found.note("a substitution")
        self._nested()
        return self._at

    def whole(self, text: str) -> None:
        """Read a substitution that is a text of its own."""
        self._found.note("a substitution")
        if self._depth >= _DEEPEST:
            raise Unreadable("substitutions nested that deep")
        _read(text, self._found, depth=self._depth + 1)

    def _nested(self) -> None:
        if self._depth >= _DEEPEST:
            raise Unreadable("parentheses nested that deep")
        self._depth += 1
        self._commands(closing=True)
        self._depth -= 1

    def _commands(self, *, closing: bool) -> None:
        """Read commands to the end, or to the parenthesis that closes them."""
        words: list[Word] = []
        try:
            while self._skip_blanks():
                if self._piece(words, closing=closing):
                    return
            if closing:
                raise Unreadable("a `(` that is not closed")
        finally:
            self._found.add(words)

    def _piece(self, words: list[Word], *, closing: bool) -> bool:
        """Read a word, a redirect or an operator; return whether it was the parenthesis that closes."""
        sign = self._text[self._at]
        if sign == ")":
            return self._closed(words, closing=closing)
        if sign == "(":
            self._parenthesis(words)
        elif redirect := _REDIRECT.match(self._text, self._at):
            self._redirect(redirect[0], words)
        elif operator := _OPERATOR.match(self._text, self._at):
            self._found.add(words)
            self._at = operator.end()
        else:
            self._word(words)
        return False

    def _skip_blanks(self) -> bool:
        """Pass over blanks and a comment; return whether anything is left."""
        for pattern in (_BLANK, _COMMENT):
            found = pattern.match(self._text, self._at)
            self._at = found.end() if found else self._at
        return self._at < len(self._text)

    def _closed(self, words: list[Word], *, closing: bool) -> bool:
        self._found.add(words)
        self._at += 1
        if not closing:
            self._found.open("a `)` that closes nothing")
        return closing

    def _parenthesis(self, words: list[Word]) -> None:
        if words or self._text.startswith("((", self._at):
            self._found.open("a function, an array or arithmetic")
        self._found.add(words)
        self._at += 1
        self._nested()

    def _word(self, words: list[Word]) -> None:
        word = self._read_word()
        is_number = word.is_bare and _NUMBER.fullmatch(word.text)
        if not (is_number and self._text[self._at : self._at + 1] in _ARROWS):
            words.append(word)

    def _read_word(self) -> Word:
        reader = WordReader(self._text, self._at, self)
        word = reader.read()
        self._at = reader.at
        return word

    def _redirect(self, operator: str, words: list[Word]) -> None:
        self._at += len(operator)
        if operator in _ARROWS and self._text.startswith("(", self._at):
            self._at = self.until_closed(self._at + 1)
            words.append(Word(text=f"{operator}(…)", expansion=Expansion.ONE))
        elif operator in _HERE:
            self._found.open("a here-document")
        elif not self._goes_nowhere(operator):
            self._found.note("a redirect")

    def _goes_nowhere(self, operator: str) -> bool:
        """Return whether a redirect is to nothing, or to where another one goes."""
        self._skip_blanks()
        target = self._read_word()
        if target.expansion is not Expansion.NONE:
            return False
        to_descriptor = operator in _TO_DESCRIPTOR and _DESCRIPTOR.fullmatch(target.text)
        return target.text == "/dev/null" or bool(to_descriptor)
