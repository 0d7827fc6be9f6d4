"""What a caller gives by value: what does not fit is refused before a run has a folder."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import goflow
from goflow import RunOptions, UsageError
from goflow.journal.memory import MemoryJournal
from goflow.testing import ScriptedBackend
from goflow.workflow import Budget

WORKFLOW = """
name: report
inputs:
  topic: {default: ships}
  token: {secret: true, default: hidden}
steps: [{id: facts, prompt: "Collect facts about {{inputs.topic}} with {{inputs.token}}"}]
"""


@pytest.fixture(autouse=True)
def workflow() -> None:
    Path("report.yaml").write_text(WORKFLOW, encoding="utf-8")


def run(inputs: Any = None, **options: Any) -> goflow.Run:  # noqa: ANN401 - what no type checker lets through
    made = RunOptions(**{"backend": "mock", **options})
    return asyncio.run(goflow.run("report.yaml", inputs, options=made))


def refusal(inputs: Any = None, **options: Any) -> str:  # noqa: ANN401 - as above
    with pytest.raises(UsageError) as refused:
        run(inputs, **options)
    assert not Path(".workflow-runs").exists()
    with pytest.raises(UsageError) as alike:
        goflow.plan("report.yaml", inputs, options=RunOptions(**options))
    assert alike.value.message == refused.value.message
    return refused.value.message


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"max_concurrency": -1}, "`max_concurrency` takes a whole number, 0 or more, not `-1`"),
        ({"max_concurrency": "2"}, "`max_concurrency` takes a whole number, 0 or more, not `'2'`"),
        ({"max_concurrency": 2.5}, "`max_concurrency` takes a whole number, 0 or more, not `2.5`"),
        ({"max_concurrency": True}, "`max_concurrency` takes a whole number, 0 or more, not `True`"),
        *(
            (
                {"timeout_s": value},
                f"`timeout_s` takes a number of seconds, 0 or more and at most 30 years, not `{value!r}`",
            )
            for value in ("1s", -1, float("nan"), float("inf"), 1e300)
        ),
        ({"model": 3}, "`model` takes text, not `3`"),
        ({"backend": None}, "`backend` takes text, not `None`"),
        ({"only_steps": "facts"}, "`only_steps` takes a tuple of ids of steps, not `'facts'`"),
        ({"only_steps": (1,)}, "`only_steps` takes a tuple of ids of steps, not `(1,)`"),
        ({"streaming": "no"}, "`streaming` takes `True` or `False`, not `'no'`"),
        ({"budget": 3}, "`budget` takes a `goflow.workflow.Budget`, not `3`"),
        ({"budget": Budget(tokens=-3)}, "`budget.tokens` takes a whole number, 0 or more, not `-3`"),
        ({"budget": Budget(cost_usd=-0.5)}, "`budget.cost_usd` takes US dollars, 0 or more, not `-0.5`"),
    ],
)
def test_an_option_that_does_not_fit_is_refused(options: Mapping[str, object], told: str) -> None:
    assert refusal(**options) == told


def test_options_that_are_none_are_refused() -> None:
    with pytest.raises(
        UsageError, match=r"`options` takes `RunOptions\(\.\.\.\)`, not `\{'backend': 'mock'\}`"
    ):
        asyncio.run(goflow.run("report.yaml", options={"backend": "mock"}))  # type: ignore[arg-type]


def test_every_option_is_taken_where_it_fits() -> None:
    most = {
        "model": "good",
        "default_model": "other",
        "max_concurrency": 1,
        "only_steps": ["facts"],
        "interactive": False,
        "streaming": True,
        "allow_all_tools": True,
        "trust": True,
        "cache": False,
        "budget": Budget(tokens=1000, cost_usd=1, time_s=9.5),
        "timeout_s": 0,
    }
    assert {"backend", *most} == {field.name for field in fields(RunOptions)}

    assert run(**most).outputs == {"facts": "mock output"}
    assert asyncio.run(goflow.resume("@last")).outputs == {"facts": "mock output"}


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"topic": 3}, "the input `topic` is of type `int`, not text"),
        ({"topic": None}, "the input `topic` is of type `NoneType`, not text"),
        ({"token": b"hidden-canary"}, "the input `token` is of type `bytes`, not text"),
        ({3: "x"}, "the name `3` of an input is of type `int`, not text"),
        ([("topic", "x")], "inputs are a mapping of names to texts, not of type `list`"),
    ],
)
def test_an_input_that_is_no_text_is_refused(inputs: Any, told: str) -> None:  # noqa: ANN401 - as above
    assert refusal(inputs) == told


def test_a_secret_that_is_no_text_is_refused_when_it_is_given_again() -> None:
    run({"token": "3"})

    with pytest.raises(UsageError, match="the input `token` is of type `int`, not text"):
        asyncio.run(goflow.resume("@last", secrets={"token": 3}))  # type: ignore[dict-item]


class Broken(MemoryJournal):
    """Fails in a way that no journal should."""

    async def append(self, *_: object, **__: object) -> None:
        raise ValueError("broken")


def test_a_defect_of_the_callers_own_parts_reaches_the_caller_as_it_is() -> None:
    host = goflow.this_host(backend=ScriptedBackend().open(), journal=Broken())

    with pytest.raises(ValueError, match=r"^broken$"):
        asyncio.run(goflow.run("report.yaml", host=host))
