"""Why a step was asked, or was not."""

from __future__ import annotations

from goflow.events import Fact, QuestionAsked, StepReused, ToolCalled
from goflow.projections.explanation import Past, different_parts, past_of
from goflow.workflow import ModelSettings
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import completes, events_of, fails, not_run, runs, skipped, starts, step

LONG = ModelSettings(seed=1, temperature=0.5, extra_body={"a": "x" * 80})
PLAN = plan_of(step("plan"), step("a", "plan", settings=LONG), step("end", "a"))


def past(name: str, *facts: Fact) -> Past:
    return past_of(PLAN, events_of(*facts), name)


def test_a_step_that_was_asked_has_the_texts_that_its_answer_follows_from() -> None:
    found = past("a", *runs("plan", "go"), starts("a", prompt="a go"), completes("a"))

    assert found.beginning == starts("a", prompt="a go")
    assert found.has_result
    assert found.parts["prompt"] == "a go"
    assert found.parts["output of plan"] == "go"
    assert '"seed": 1' in found.parts["settings"].splitlines()[-3] + found.parts["settings"]
    assert len(found.parts["settings"].splitlines()) > 3


def test_what_it_did_on_the_way_is_told() -> None:
    called = ToolCalled(step="plan", attempt=1, call_id="c", tool="view", arguments="{}")
    asked = QuestionAsked(step="plan", attempt=1, question_id="q", text="which?")

    assert past("plan", starts("plan"), called, asked, completes("plan")).told == (called, asked)


def test_a_result_that_was_taken_counts_as_one() -> None:
    reused = StepReused(step="plan", origin="cache", agent="x", prompt="p", output="o")

    found = past("plan", reused)

    assert found.beginning == reused
    assert found.has_result


def test_a_step_that_was_not_reached_has_no_parts() -> None:
    assert past("a", *runs("plan")) == Past(beginning=None, parts={}, has_result=False)
    assert past("a", *runs("plan"), skipped("a")).beginning == skipped("a")
    assert past("end", *fails("plan"), not_run("end", "plan")).beginning == not_run("end", "plan")


def test_a_step_that_failed_has_no_result_and_steps_of_no_plan_are_passed_over() -> None:
    assert not past("plan", *runs("elsewhere"), *fails("plan")).has_result


def test_parts_differ_by_name() -> None:
    assert different_parts({"a": "1", "b": "2"}, {"a": "1", "c": "3"}) == {"c": ("", "3"), "b": ("2", "")}


def test_a_long_text_that_only_looks_like_json_is_left_as_it_is() -> None:
    prompt = "[not json" + "x" * 80

    assert past("plan", starts("plan", prompt=prompt)).parts["prompt"] == prompt
