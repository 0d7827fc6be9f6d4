"""`--what-if max_concurrency=8,model=...`, once or more: text in, and what would change out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from goflow.cli.values import count
from goflow.errors import UsageError
from goflow.problems import shown, suggest
from goflow.values import dataclass

_NAMES: Final = ("max_concurrency", "model", "rpm")
_EXAMPLE: Final = "write `max_concurrency=8`, `model=NAME`, `rpm=500`, or several with commas"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What would be otherwise; `written` is how it was asked for."""

    written: str
    max_concurrency: int | None = None
    model: str | None = None
    rpm: int | None = None


def read_what_if(flags: Sequence[str]) -> WhatIf:
    """Return what flags ask for together."""
    written = ",".join(flags)
    given = _given(written)
    slots, rpm = given.get("max_concurrency"), given.get("rpm")
    return WhatIf(
        written=written,
        max_concurrency=None if slots is None else count("--what-if max_concurrency", slots),
        model=given.get("model"),
        rpm=None if rpm is None else count("--what-if rpm", rpm),
    )


def _given(written: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in map(_named, written.split(",")):
        if name in given:
            raise UsageError(f"`--what-if {name}` is given twice", help="leave one out")
        given[name] = value
    return given


def _named(part: str) -> tuple[str, str]:
    name, equals, value = part.strip().partition("=")
    if name not in _NAMES:
        raise UsageError(f"`--what-if` does not know {shown(name)}", help=suggest(name, _NAMES) or _EXAMPLE)
    if not equals or not value:
        raise UsageError(f"`--what-if {name}` has no value", help=_EXAMPLE)
    return name, value
