from __future__ import annotations

from dataclasses import replace

import pytest

from goflow.planning.compile import compile_plan
from goflow.planning.options import RunOptions
from goflow.planning.plan import PlannedCache
from goflow.workflow import AgentStep, Bundle, CachePolicy, CacheScope, Config, Workflow

ON, OFF = CachePolicy(enabled=True), CachePolicy(enabled=False)
DAY = CachePolicy(enabled=True, ttl_s=86_400, scope=CacheScope.WORKFLOW)


def planned(
    *, step: CachePolicy | None = None, config: CachePolicy | None = None, flag: bool | None = None
) -> PlannedCache | None:
    workflow = Workflow(
        name="w", steps=(AgentStep(id="a", prompt="x", cache=step),), config=replace(Config(), cache=config)
    )
    bundle = Bundle(workflow=workflow, path="/w.yaml", shown_path="w.yaml", agents={})
    return compile_plan(bundle, inputs={}, options=RunOptions(cache=flag)).steps["a"].cache


def test_nothing_is_kept_unless_something_says_so() -> None:
    assert planned() is None
    assert planned(flag=True) == PlannedCache()
    assert planned(config=ON) == PlannedCache()


def test_a_steps_own_word_counts_as_asking() -> None:
    assert planned(step=DAY) == PlannedCache(ttl_ms=86_400_000, is_of_workflow=True, is_asked_for=True)


@pytest.mark.parametrize(("step", "config", "flag"), [(OFF, ON, True), (ON, ON, False), (None, OFF, True)])
def test_no_is_stronger(step: CachePolicy | None, config: CachePolicy, flag: bool) -> None:  # noqa: FBT001
    assert planned(step=step, config=config, flag=flag) is None
