"""What of a run can be taken by another one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goflow.events import Fact, MemoryWritten, RunReopened, StepFailed, StepReused
from goflow.planning.content import fingerprint_of
from goflow.planning.plan import Plan, PlannedMemory
from goflow.projections.reuse import Result, changed_steps, readers_of, results_of
from goflow.templating import parse
from goflow.workflow import AgentStep, ModelSettings
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import (
    attempt_fails,
    completes,
    events_of,
    fails,
    failure,
    runs,
    skipped,
    starts,
    step,
)

STEPS = (step("plan"), step("a", "plan"), step("b", "plan"), step("sum", "a", "b"))
PLAN = plan_of(*STEPS)


def results(*facts: Fact, plan: Plan = PLAN) -> dict[str, Result]:
    return results_of(plan, events_of(*facts))


def asked(name: str, output: str) -> tuple[Fact, ...]:
    return starts(name, prompt=f"prompt of {name}"), completes(name, output)


def test_a_completed_step_has_a_result_that_another_run_can_take() -> None:
    (result,) = results(*asked("plan", "go")).values()

    assert result.taken_by("plan") == StepReused(
        step="plan", origin="r-1", agent="agent", prompt="prompt of plan", output="go"
    )


def test_failed_skipped_and_unknown_steps_have_none() -> None:
    assert results(*fails("plan"), skipped("a"), *runs("elsewhere")) == {}


def test_what_a_step_wrote_into_the_memory_goes_with_its_result() -> None:
    entry = MemoryWritten(step="plan", attempt=1, agent="agent", text="found")
    shared = replace(PLAN, memory=PlannedMemory())

    (result,) = results(starts("plan"), entry, completes("plan"), plan=shared).values()

    assert result.memory == ("found",)
    assert result.taken_by("x").entries() == (replace(entry, step="x", attempt=0),)


def test_what_a_step_wrote_before_it_was_rewritten_does_not_go_with_its_result() -> None:
    early, late = (
        MemoryWritten(step="plan", attempt=attempt, agent="agent", text=f"at {attempt}") for attempt in (1, 2)
    )
    again = starts("plan", 2), late, completes("plan", attempt=2)
    failed = (
        starts("plan"),
        early,
        attempt_fails("plan", failure()),
        StepFailed(step="plan", failure=failure()),
    )

    kept = results(*failed, RunReopened(again=("plan",)), *again)["plan"]
    anew = results(*failed, RunReopened(again=("plan",), rewritten=("plan", "a")), *again)["plan"]

    assert (kept.memory, anew.memory) == (("at 1", "at 2"), ("at 2",))


def test_a_result_that_was_taken_can_be_taken_again_and_keeps_its_origin() -> None:
    taken = results(*asked("plan", "go"))["plan"].taken_by("plan")

    again = results(replace(taken, origin="r-0"))["plan"]

    assert again.origin == "r-0"
    assert fingerprint_of(again.content) == fingerprint_of(results(*asked("plan", "go"))["plan"].content)
    assert results(replace(taken, step="gone")) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "other {{steps.plan.output}}"},
        {"model": "big"},
        {"settings": ModelSettings(temperature=0.5)},
        {"interactive": True},
    ],
)
def test_other_content_has_another_fingerprint(change: dict[str, object]) -> None:
    other = plan_of(STEPS[0], step("a", "plan", **change), *STEPS[2:])
    facts = (*asked("plan", "go"), *asked("a", "x"))

    before, after = (results(*facts, plan=plan)["a"] for plan in (PLAN, other))

    # The prompt that was sent is the same here; what is written is compared by `changed_steps`.
    assert (fingerprint_of(before.content) == fingerprint_of(after.content)) is ("prompt" in change)
    assert changed_steps(PLAN, other) == ("a", "sum")


def test_another_output_upstream_is_another_content_also_where_it_is_not_read() -> None:
    plan = plan_of(step("plan"), AgentStep(id="a", prompt="a", depends_on=("plan",)))

    contents = [
        fingerprint_of(results(*asked("plan", output), *asked("a", "x"), plan=plan)["a"].content)
        for output in ("one", "two", "one")
    ]

    assert contents[0] == contents[2] != contents[1]


def test_nothing_changes_where_nothing_is_written_differently() -> None:
    assert changed_steps(PLAN, plan_of(*STEPS)) == ()


def test_a_new_step_and_what_comes_after_it_have_changed() -> None:
    before = plan_of(step("plan"), step("a", "plan"))

    assert changed_steps(before, PLAN) == ("b", "sum")


def test_headers_may_hold_keys_and_count_by_their_names_alone() -> None:
    def written(value: str) -> Plan:
        return plan_of(step("a", settings=ModelSettings(extra_headers={"X-Key": value}, seed=1)))

    assert changed_steps(written("one"), written("two")) == ()


@pytest.mark.parametrize(
    ("models", "others", "is_same"),
    [
        (("m1", None), ("m1",), True),
        ((None,), ("m1",), False),
        ((None,), ("m1", None), False),
        (("m1", "m2", None), ("m1", None), False),
        (("m2", "m1"), ("m1", "m2"), False),
    ],
)
def test_the_default_of_a_provider_counts_only_where_no_model_is_named(
    models: tuple[str | None, ...], others: tuple[str | None, ...], *, is_same: bool
) -> None:
    plans = [
        replace(PLAN, steps={**PLAN.steps, "plan": replace(PLAN.steps["plan"], models=each)})
        for each in (models, others)
    ]
    before, after = (results(*asked("plan", "go"), plan=plan)["plan"] for plan in plans)

    assert (fingerprint_of(before.content) == fingerprint_of(after.content)) is is_same
    assert (changed_steps(*plans) == ()) is is_same


def test_an_input_is_read_in_prompts_and_in_system_prompts() -> None:
    knowing = replace(PLAN.steps["b"].agent, system=parse("You know {{inputs.key}}."))
    plan = plan_of(
        STEPS[0],
        step("a", "plan", prompt="{{inputs.key}} {{steps.plan.output}}"),
        STEPS[2],
        step("sum", "a", "b", prompt="{{inputs.other}}"),
    )
    plan = replace(plan, steps={**plan.steps, "b": replace(plan.steps["b"], agent=knowing)})

    assert readers_of({"key"}, plan) == ("a", "b")
    assert readers_of(set(), plan) == ()


def test_of_masked_secrets_the_names_tell_which_of_them_a_step_reads() -> None:
    def reading(name: str) -> Plan:
        plan = plan_of(step("plan", prompt=f"{{{{inputs.{name}}}}} {{{{inputs.open}}}}"))
        return replace(plan, secret_inputs=frozenset({"one", "two"}))

    plans = [reading(name) for name in ("one", "two", "one")]
    contents = [fingerprint_of(results(*asked("plan", "go"), plan=plan)["plan"].content) for plan in plans]

    assert contents[0] == contents[2] != contents[1]
    assert changed_steps(*plans[:2]) == ("plan",)
