"""Patterns of commands, held against commands word by word.

A pattern is as wide as it is written: `git diff *` allows `git diff --output=/etc/x` too.
"""

from __future__ import annotations

import shlex
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from goflow.tools.shell_words import Expansion, Word
from goflow.tools.wrapped_commands import Reach, Start, base_name

_REST: Final = "*"
_GLOB_SIGNS: Final = frozenset("*?[")


def allows_command(pattern: str, words: tuple[Word, ...]) -> bool:
    """Return whether a command certainly fits: `*` at the end fits any more words, else none may be left."""
    wanted, has_rest = _taken_apart(pattern)
    if len(words) < len(wanted) or (len(words) > len(wanted) and not has_rest):
        return False
    return all(_is(word, want) for word, want in zip(words, wanted, strict=False))


def may_start(pattern: str, reach: Reach) -> bool:
    """Return whether a text may start a command that fits, with any further words.

    Commands are known by their base names. A text that may start more than can be seen fits where the name
    stands in it as a word.
    """
    return any(_may_fit(pattern, start) for start in reach.starts) or (
        reach.is_open and _is_named(pattern, reach.names)
    )


@lru_cache(maxsize=1000)
def _taken_apart(pattern: str) -> tuple[tuple[str, ...], bool]:
    words = tuple(shlex.split(pattern))
    return (words[:-1], True) if words[-1:] == (_REST,) else (words, False)


def _is(word: Word, want: str) -> bool:
    if want == _REST:
        return word.expansion in {Expansion.NONE, Expansion.ONE}
    return word.expansion is Expansion.NONE and fnmatchcase(word.text, want)


def _may_fit(pattern: str, start: Start) -> bool:
    wanted, _ = _taken_apart(pattern)
    for place, want in enumerate(wanted, start=start.at):
        if place >= len(start.words):
            return False
        word = start.words[place]
        if place == start.at:
            if not _may_be_name(word, want):
                return False
        elif word.expansion is Expansion.ANY:
            return True
        elif not _may_be(word, want):
            return False
    return True


def _may_be_name(word: Word, want: str) -> bool:
    if word.expansion in {Expansion.ONE, Expansion.ANY}:
        return want == _REST
    named = Word(text=base_name(word.text), expansion=word.expansion)
    return _may_be(named, base_name(want))


def _may_be(word: Word, want: str) -> bool:
    match word.expansion:
        case Expansion.NONE:
            return fnmatchcase(word.text, want)
        case Expansion.GLOB:
            return not _GLOB_SIGNS.isdisjoint(want) or fnmatchcase(want, word.text)
        case _:
            return True


def _is_named(pattern: str, names: frozenset[str]) -> bool:
    wanted, _ = _taken_apart(pattern)
    if not wanted:
        return True
    want = base_name(wanted[0])
    return want in names or (
        not _GLOB_SIGNS.isdisjoint(want) and any(fnmatchcase(name, want) for name in names)
    )
