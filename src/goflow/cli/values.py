"""Values of flags: text in, value out, or a UsageError that says what would be right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, TypeVar

from goflow.cli.arguments import BOOLEANS
from goflow.errors import UsageError
from goflow.problems import shown, suggest

_MOST_DIGITS: Final = 9
_DOLLARS: Final = re.compile(r"\$?([0-9]{1,9}(?:\.[0-9]{1,9})?)")

E = TypeVar("E", bound=StrEnum)


def one_of(kind: type[E], flag: str, written: str) -> E:
    """Return one of a few words."""
    words = [word.value for word in kind]
    if written not in words:
        near = suggest(written, words) or f"one of {', '.join(f'`{word}`' for word in words)}"
        raise UsageError(f"`{flag}` does not know {shown(written)}", help=near)
    return kind(written)


def count(flag: str, written: str) -> int:
    """Return a whole number, 0 or more."""
    if not (written.isascii() and written.isdigit() and len(written) <= _MOST_DIGITS):
        raise UsageError(f"`{flag}` takes a whole number, 0 or more, not {shown(written)}")
    return int(written)


def dollars(flag: str, written: str, *, as_in: str) -> float:
    """Return an amount of money; `as_in` is an example of one."""
    found = _DOLLARS.fullmatch(written)
    if found is None:
        raise UsageError(f"`{flag}` takes US dollars, as in `{as_in}`, not {shown(written)}")
    return float(found[1])


def seconds(flag: str, written: str) -> float | None:
    """Return a duration as workflow files write it; None for 0, which means none."""
    from goflow.loader.durations import NotDuration, parse_duration

    try:
        return parse_duration(written)
    except NotDuration as error:
        raise UsageError(f"`{flag}`: {error.reason}", help=error.help) from error


def switch_or_file(flag: str, written: str | None) -> bool | str:
    """Return a boolean as Go writes them, else the name of a file; False where the flag is not given."""
    if written == "":
        raise UsageError(f"`{flag}=` names no file", help=f"write `{flag}` or `{flag}=FILE`")
    return False if written is None else BOOLEANS.get(written, written)


def workflow_file(argument: str | None, flag: str | None, usage: str) -> str:
    """Return the one workflow that is named, as an argument or with `-w`."""
    if argument is not None and flag is not None:
        raise UsageError(f"{shown(argument)} and {shown(flag)} both name a workflow", help="name one")
    named = flag if argument is None else argument
    if named is None:
        raise UsageError("no workflow is named", help=f"{usage}; `goflow list` shows what is here")
    return named


def without_repeats(named: Sequence[str]) -> tuple[str, ...]:
    """Return each name once, in the order given."""
    return tuple(dict.fromkeys(named))


def named_run(reference: str | None, usage: str) -> str:
    """Return the run that is named."""
    if reference is None:
        raise UsageError("no run is named", help=f"{usage}; `@last` is the newest")
    return reference
