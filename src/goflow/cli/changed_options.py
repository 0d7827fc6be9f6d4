"""The options that a run has in place of an earlier one's, as flags say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from goflow.cli.budgeting import read_budget
from goflow.cli.hosting import is_mock
from goflow.cli.values import count, seconds
from goflow.workflow.policy import Budget

if TYPE_CHECKING:
    from goflow.planning.options import RunOptions


def option_changes(values: Mapping[str, Any]) -> Callable[[RunOptions], RunOptions]:
    """Return what makes the options from the earlier ones; raise `UsageError` for values that do not fit.

    A flag that is not given, or a switch that is off, leaves the option as it was.
    """
    limit, timeout = values["max_concurrency"], values["timeout"]
    given = {
        "backend": "mock" if is_mock(values) else None,
        "model": values.get("model"),
        "max_concurrency": None if limit is None else count("--max-concurrency", limit),
        "cache": values["cache"],
        "interactive": values["interactive"],
        "streaming": values["stream"] or None,
        "allow_all_tools": values["allow_all_tools"] or None,
        "trust": values["trust"] or None,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if timeout is not None:
        changes["timeout_s"] = seconds("--timeout", timeout)
    return partial(_changed, changes, read_budget(values["budget"]))


def _changed(changes: Mapping[str, Any], budget: Budget | None, options: RunOptions) -> RunOptions:
    """Change options; of a budget, a bound that is not named stays as it was."""
    if budget is not None:
        changes = {**changes, "budget": _over(budget, options.budget)}
    return replace(options, **changes)


def _over(budget: Budget, before: Budget | None) -> Budget:
    if before is None:
        return budget
    return Budget(
        cost_usd=budget.cost_usd or before.cost_usd,
        tokens=budget.tokens or before.tokens,
        time_s=budget.time_s or before.time_s,
    )
