"""The command line as Go programs write it, rewritten for click.

-workflow f, --workflow=f, -w=f     one dash or two, `=` or a blank
--verbose=true, --verbose=F         switches with a boolean
--mock, --mock=true, --mock=FILE    the value of `--mock` stands after `=` only
-v run f.yaml                       flags also before the verb
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from goflow.cli.flags import Kind
from goflow.errors import UsageError
from goflow.problems import shown, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from goflow.cli.flags import Flag

BOOLEANS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}


def hoist(arguments: Sequence[str], valued: frozenset[str]) -> list[str]:
    """Move what stands before the verb behind it; `valued` are the flags there that a value follows."""
    words = iter(arguments)
    before: list[str] = []
    for word in words:
        if not word.startswith("-"):
            return [word, *before, *words]
        before.append(word)
        if word.lstrip("-") in valued:
            before.extend(islice(words, 1))
    return before


def rewrite(arguments: Sequence[str], flags: Sequence[Flag]) -> list[str]:
    """Return a verb's arguments in the one spelling that click is told about."""
    by_name = {name: flag for flag in flags for name in flag.names}
    by_name |= {flag.opposite: flag for flag in flags if flag.is_switch and flag.long != "--help"}
    words = iter(arguments)
    result: list[str] = []
    for word in words:
        if word == "--":
            return [*result, word, *words]
        name, equals, value = word.partition("=")
        flag = by_name.get(name) or by_name.get(f"-{name}" if len(name) > len("-x") else "")
        if not word.startswith("-") or word == "-":
            result.append(word)
        elif flag is None:
            result.append(_cluster(word, by_name))
        elif equals:
            result.append(_with_value(flag, name, value))
        else:
            result.extend(_without_value(flag, name, words))
    return result


def _with_value(flag: Flag, name: str, value: str) -> str:
    if not flag.is_switch:
        return f"{flag.long}={value}"
    if value not in BOOLEANS:
        raise UsageError(f"`{flag.long}` is `true` or `false`, not {shown(value)}")
    return flag.long if BOOLEANS[value] is not _is_opposite(flag, name) else flag.opposite


def _without_value(flag: Flag, name: str, words: Iterator[str]) -> Iterator[str]:
    if flag.kind is Kind.OPTIONAL_VALUE:
        yield f"{flag.long}=true"
    elif flag.is_switch:
        yield flag.opposite if _is_opposite(flag, name) else flag.long
    else:
        yield flag.long
        yield from islice(words, 1)


def _is_opposite(flag: Flag, name: str) -> bool:
    return name.lstrip("-") == flag.opposite.lstrip("-")


def _cluster(word: str, by_name: Mapping[str, Flag]) -> str:
    """Return short flags written in one word, such as `-vj4`, as they are; refuse anything else."""
    for letter in word[1:]:
        flag = by_name.get(f"-{letter}")
        if flag is None:
            name = word.partition("=")[0]
            near = suggest(f"--{name.lstrip('-')}", [known for known in by_name if known.startswith("--")])
            raise UsageError(f"unknown flag {shown(name)}", help=near)
        if not flag.is_switch:
            break
    return word
