"""What a caller gives by value: refused where it does not fit, before anything is read, made or asked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, Final, TypeAlias

from goflow.errors import UsageError
from goflow.planning.options import RunOptions
from goflow.problems import shown
from goflow.workflow import Budget

_Fit: TypeAlias = "tuple[str, Callable[[object], bool]]"
"""What a value must be, in words and as a check."""

_LONGEST_S: Final = 1e9
"""Some 30 years, as the command line bounds it."""


def fitting_options(options: RunOptions) -> RunOptions:
    """Return the options as a run keeps them; raise `UsageError` for a value that does not fit."""
    if not isinstance(options, RunOptions):
        raise UsageError(f"`options` takes `RunOptions(...)`, not {shown(repr(options))}")
    _require(options, _OPTIONS)
    if options.budget is not None:
        _require(options.budget, _BUDGET, of="budget.")
    return replace(options, only_steps=tuple(options.only_steps))


def fitting_inputs(given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the inputs; raise `UsageError` where one is no text, whose value may be a secret."""
    if not isinstance(given, Mapping):
        raise UsageError(f"inputs are a mapping of names to texts, not of type `{type(given).__name__}`")
    for name, value in given.items():
        _require_text(f"the name {shown(repr(name))} of an input", name)
        _require_text(f"the input {shown(name)}", value)
    return given


def _require_text(what: str, value: object) -> None:
    if not isinstance(value, str):
        raise UsageError(
            f"{what} is of type `{type(value).__name__}`, not text",
            help='give it as it is to stand in prompts, as in `"1.10"`, or leave it out to have its default',
        )


def _require(given: Any, fits: Mapping[str, _Fit], *, of: str = "") -> None:  # noqa: ANN401 - a dataclass
    for field in fields(given):
        value, (words, fit) = getattr(given, field.name), fits[field.name]
        if not fit(value) and (value is not None or field.default is not None):
            raise UsageError(f"`{of}{field.name}` takes {words}, not {shown(repr(value))}")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_amount(value: object) -> bool:
    return _is_count(value) or (isinstance(value, float) and math.isfinite(value) and value >= 0)


def _is_time(value: Any) -> bool:  # noqa: ANN401 - whatever was given
    return _is_amount(value) and value <= _LONGEST_S


def _are_names(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)


_TEXT: Final[_Fit] = ("text", lambda value: isinstance(value, str))
_SWITCH: Final[_Fit] = ("`True` or `False`", lambda value: isinstance(value, bool))
_COUNT: Final[_Fit] = ("a whole number, 0 or more", _is_count)
_TIME: Final[_Fit] = ("a number of seconds, 0 or more and at most 30 years", _is_time)

_OPTIONS: Final[Mapping[str, _Fit]] = {
    "backend": _TEXT,
    "model": _TEXT,
    "default_model": _TEXT,
    "max_concurrency": _COUNT,
    "only_steps": ("a tuple of ids of steps", _are_names),
    "interactive": _SWITCH,
    "streaming": _SWITCH,
    "allow_all_tools": _SWITCH,
    "trust": _SWITCH,
    "cache": _SWITCH,
    "budget": ("a `goflow.workflow.Budget`", lambda value: isinstance(value, Budget)),
    "timeout_s": _TIME,
}
_BUDGET: Final[Mapping[str, _Fit]] = {
    "cost_usd": ("US dollars, 0 or more", _is_amount),
    "tokens": _COUNT,
    "time_s": _TIME,
}
