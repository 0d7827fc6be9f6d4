"""What the check lets pass can be planned, and it can judge anything."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import given, settings, strategies as st

from goflow.planning.checks import check
from goflow.planning.compile import compile_plan
from goflow.planning.options import RunOptions
from goflow.problems import Severity
from goflow.workflow import Agent, AgentRef, AgentStep, Bundle, Condition, InputSpec, OutputSpec, Workflow

IDS = st.sampled_from(["a", "b", "c", "d", "e", "f"])
T = TypeVar("T")

BRACES = st.builds("{{{{steps.{}.output}}}}".format, IDS) | st.sampled_from(
    ["{{inputs.x}}", "{{inputs.y}}", "{{other}}", "${{ inputs.y }}", '{{"{{"}}', "text ", "{{", "}}"]
)
TEXTS = st.lists(BRACES, max_size=3).map("".join)
VALUES = st.lists(TEXTS, max_size=2).map(tuple)
CONDITIONS = st.builds(
    Condition, step=IDS, contains=VALUES, not_contains=VALUES, equals=VALUES, not_equals=VALUES
)
AGENTS = st.sampled_from([None, None, None, None, "own", "own", "found", "found", "nobody"])


def steps(count: int) -> st.SearchStrategy[tuple[AgentStep, ...]]:
    return st.tuples(*(step(index) for index in range(count)))


def step(index: int) -> st.SearchStrategy[AgentStep]:
    """Mostly depend on earlier steps, so that many workflows are sound."""
    earlier = st.lists(st.sampled_from("abcdef"[:index]), max_size=3) if index else st.just([])
    return st.builds(
        AgentStep,
        id=mostly(st.just("abcdef"[index]), IDS),
        prompt=TEXTS,
        agent=AGENTS,
        depends_on=mostly(earlier, st.lists(IDS, max_size=2)).map(tuple),
        condition=mostly(st.none(), CONDITIONS),
    )


def mostly(usual: st.SearchStrategy[T], odd: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    return st.integers(0, 7).flatmap(lambda chance: odd if chance == 7 else usual)


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    workflow = Workflow(
        name="w",
        steps=draw(st.integers(0, 6).flatmap(steps)),
        inputs={"x": InputSpec(default="")},
        agents=draw(st.sampled_from([{}, {"own": AgentRef()}])),
        output=OutputSpec(steps=draw(st.lists(IDS, max_size=2).map(tuple))),
    )
    agents = {
        "own": Agent(name="own", prompt=draw(TEXTS)),
        "found": Agent(name="found", prompt=draw(TEXTS), file="/found.md", lenient=True),
    }
    return Bundle(workflow=workflow, path="/w.yaml", shown_path="w.yaml", agents=agents)


@given(bundle=bundles(), inputs=st.sampled_from([None, {}, {"y": "1"}]))
def test_anything_can_be_checked(bundle: Bundle, inputs: dict[str, str] | None) -> None:
    problems = check(bundle, inputs)

    assert all(problem.message and problem.code.startswith("GF") for problem in problems)


@given(bundle=bundles())
def test_what_has_no_mistake_can_be_planned(bundle: Bundle) -> None:
    inputs = {"x": "", "y": "1"}
    if any(problem.severity is Severity.ERROR for problem in check(bundle, inputs)):
        return

    plan = compile_plan(bundle, inputs=inputs, options=RunOptions())

    assert set(plan.steps) == {step.id for step in bundle.workflow.steps}
    for planned in plan.steps.values():
        assert all(plan.steps[need].level < planned.level for need in planned.needs)
        assert planned.reads <= upstream(planned.id, {name: step.needs for name, step in plan.steps.items()})


def upstream(step: str, needs: dict[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    border = [step]
    while border:
        new = [need for need in needs[border.pop()] if need not in found]
        found.update(new)
        border.extend(new)
    return found


def test_many_of_these_workflows_are_sound_and_many_are_not() -> None:
    verdicts: list[bool] = []

    @settings(max_examples=50)
    @given(bundle=bundles())
    def judge(bundle: Bundle) -> None:
        verdicts.append(any(problem.severity is Severity.ERROR for problem in check(bundle, {"y": ""})))

    judge()
    assert 0.1 < sum(verdicts) / len(verdicts) < 0.95
