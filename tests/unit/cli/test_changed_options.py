"""Options of a run that goes on, or is done again: those of before, and what flags say otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from goflow.cli.changed_options import option_changes
from goflow.errors import UsageError
from goflow.planning.options import RunOptions
from goflow.workflow import Budget

FORMER = RunOptions(
    backend="llm", model="small", max_concurrency=3, cache=True, interactive=False, timeout_s=9.0, trust=True
)
NOT_GIVEN: dict[str, Any] = {
    "mock": None,
    "max_concurrency": None,
    "timeout": None,
    "budget": None,
    "cache": None,
    "interactive": None,
    "stream": False,
    "allow_all_tools": False,
    "trust": False,
}


def changed(**given: object) -> RunOptions:
    return option_changes({**NOT_GIVEN, **given})(FORMER)


def test_flags_that_are_not_given_change_nothing() -> None:
    assert changed() == FORMER


@pytest.mark.parametrize(
    ("given", "changes"),
    [
        ({"mock": "true"}, {"backend": "mock"}),
        ({"mock": "script.yaml"}, {"backend": "mock"}),
        ({"model": "large"}, {"model": "large"}),
        ({"max_concurrency": "0"}, {"max_concurrency": 0}),
        ({"cache": False, "interactive": True}, {"cache": False, "interactive": True}),
        ({"stream": True, "allow_all_tools": True}, {"streaming": True, "allow_all_tools": True}),
        ({"timeout": "1m"}, {"timeout_s": 60.0}),
        ({"timeout": "0"}, {"timeout_s": None}),
    ],
)
def test_each_flag_changes_its_option_alone(given: dict[str, Any], changes: dict[str, Any]) -> None:
    assert changed(**given) == replace(FORMER, **changes)


def test_a_value_that_does_not_fit_is_refused() -> None:
    with pytest.raises(UsageError, match="`--max-concurrency` takes a whole number"):
        changed(max_concurrency="many")


def test_a_bound_of_a_budget_that_is_not_named_stays_as_it_was() -> None:
    former = replace(FORMER, budget=Budget(cost_usd=1.0, tokens=500))

    found = option_changes({**NOT_GIVEN, "budget": "cost_usd=2,time=1m"})(former)

    assert found.budget == Budget(cost_usd=2.0, tokens=500, time_s=60.0)
    assert changed(budget="tokens=9").budget == Budget(tokens=9)
