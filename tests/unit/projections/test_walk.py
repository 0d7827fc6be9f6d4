from __future__ import annotations

from goflow.events import QuestionAnswered, QuestionAsked, ToolCalled, ToolReturned
from goflow.planning.compile import compile_plan
from goflow.planning.options import RunOptions
from goflow.planning.plan import Plan
from goflow.projections import RunView
from goflow.projections.planned_view import known_inputs, planned_texts
from goflow.projections.walk import Branch, Stub, Walk, walk
from goflow.projections.walk_demands import demands_of
from goflow.workflow import (
    Agent,
    AgentRef,
    AgentStep,
    Bundle,
    Condition,
    Config,
    InputSpec,
    SharedMemory,
    Workflow,
)
from tests.unit.projections.runs import completes, events_of, fails, not_run, runs, skipped, starts, step

INPUTS = {"word": "PASSED", "key": "hush-hush"}


def plan_of(*steps: AgentStep, memory: SharedMemory | None = None) -> Plan:
    workflow = Workflow(
        name="w",
        steps=steps,
        inputs={"word": InputSpec(), "key": InputSpec(secret=True)},
        agents={"judge": AgentRef()},
        config=Config(shared_memory=memory),
    )
    judge = Agent(name="judge", prompt="You know {{inputs.key}}.")
    bundle = Bundle(
        workflow=workflow, path="/w.yaml", shown_path="w.yaml", agents={"judge": judge}, memory_text="Rules."
    )
    return compile_plan(bundle, inputs=INPUTS, options=RunOptions())


def hide(text: str) -> str:
    return text.replace("hush-hush", "***")


def walked(plan: Plan, *facts: object, stubs: dict[str, Stub] | None = None) -> Walk:
    view, events = RunView(plan.steps), events_of(*facts)  # type: ignore[arg-type]
    for event in events:
        view.see(event)
    return walk(plan, view, events, stubs=stubs or {}, mask=hide)


def branch(condition: Condition, *facts: object) -> Branch:
    plan = plan_of(step("a"), step("b", "a", condition=condition))
    return walked(plan, *facts).branches[0]


PASSED = Condition(step="a", contains=("{{inputs.word}}",), not_contains=("FLAKY",))


def test_a_condition_is_told_in_words_with_its_texts_filled_in() -> None:
    condition = Condition(step="a", contains=("x", ""), not_contains=("y",), equals=("z",), not_equals=("w",))

    assert [(demand.holds, demand.fails) for demand in demands_of(condition, str.upper)] == [
        ("contains 'X'", "does not contain 'X'"),
        ("does not contain 'Y'", "contains 'Y'"),
        ("equals 'Z'", "does not equal 'Z'"),
        ("does not equal 'W'", "equals 'W'"),
    ]


def test_a_branch_that_is_taken_says_what_it_was_decided_on() -> None:
    found = branch(PASSED, *runs("a", "all PASSED"), *runs("b"))

    assert (found.step, found.tested, found.answer) == ("b", "a", "all PASSED")
    assert found.is_taken is True
    assert found.reason is None
    assert [demand.holds for demand in found.demands] == ["contains 'PASSED'", "does not contain 'FLAKY'"]


def test_a_branch_that_is_not_taken_says_why() -> None:
    found = branch(PASSED, *runs("a", "none"), skipped("b", "condition not met: …"))

    assert found.is_taken is False
    assert found.reason == "condition not met: …"


def test_a_branch_that_the_run_does_not_come_to_is_neither() -> None:
    found = branch(PASSED, *fails("a"), not_run("b", "a"))

    assert found.is_taken is None
    assert found.answer == ""


def test_what_a_branch_looks_for_holds_no_secret() -> None:
    condition = Condition(step="a", contains=("{{inputs.key}}",), equals=("{{steps.a.output}}",))

    found = branch(condition, *runs("a", "said"), skipped("b", "…"))

    assert [demand.holds for demand in found.demands] == ["contains '***'", "equals 'said'"]


def test_steps_come_level_by_level_with_what_they_asked_and_called() -> None:
    plan = plan_of(step("last", "first"), step("first"))
    asked = QuestionAsked(step="first", attempt=1, question_id="q-1", text="Which?")
    answered = QuestionAnswered(step="first", question_id="q-1", text="that", by="stub")
    called = ToolCalled(step="first", attempt=1, call_id="c", tool="grep", arguments="{}")
    returned = ToolReturned(step="first", attempt=1, call_id="c", tool="grep", result="stub", is_error=False)

    found = walked(
        plan,
        starts("first"),
        called,
        returned,
        asked,
        answered,
        completes("first"),
        stubs={"first": Stub(system="You judge.", source="plain")},
    )

    first, last = found.steps
    assert (first.planned.id, last.planned.id) == ("first", "last")
    assert first.stub == Stub(system="You judge.", source="plain")
    assert [use.result for use in first.calls] == ["stub"]
    assert [question.answer and question.answer.text for question in first.questions] == ["that"]
    assert (last.stub, last.calls, last.questions) == (None, (), ())


def test_texts_of_a_plan_hold_inputs_and_leave_outputs_as_they_are_written() -> None:
    plan = plan_of(
        AgentStep(id="b", prompt="{{steps.a.output}} of {{inputs.word}} {{x}}", depends_on=("a",)),
        AgentStep(id="a", prompt="With {{inputs.key}}", agent="judge"),
        AgentStep(id="c", prompt="Go", depends_on=("a",), condition=PASSED),
    )

    texts = planned_texts(plan, hide)

    assert [(text.step.id, text.prompt) for text in texts] == [
        ("a", "With ***"),
        ("b", "{{steps.a.output}} of PASSED {{x}}"),
        ("c", "Go"),
    ]
    assert texts[0].system == "You know ***."
    assert [demand.holds for demand in texts[2].demands] == ["contains 'PASSED'", "does not contain 'FLAKY'"]


def test_a_prompt_shows_what_the_memory_holds_at_the_start() -> None:
    injected = plan_of(step("a"), memory=SharedMemory(enabled=True, inject_into_prompt=True))
    by_tools = plan_of(step("a"), memory=SharedMemory(enabled=True))

    (first,), (second,) = planned_texts(injected, hide), planned_texts(by_tools, hide)

    assert "Rules." in first.prompt
    assert first.system == "You know ***."
    assert second.prompt == "a"
    assert "`write_memory`" in second.system


def test_secret_inputs_are_masked_wherever_they_stand() -> None:
    plan = plan_of(step("a"))

    assert known_inputs(plan, lambda text: text.replace("PASSED", "…")) == {"word": "…", "key": "***"}
