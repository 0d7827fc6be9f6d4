from __future__ import annotations

from goflow.planning.compile import compile_plan
from goflow.planning.options import RunOptions
from goflow.planning.plan import Plan, PlannedStep
from goflow.templating import Condition, Scope, parse, unmet_reason
from goflow.workflow import Agent, AgentStep, Attachment, Bundle, SchemaFile, Workflow

SCHEMA = {"type": "object"}
OUTPUTS = {"json": '{"a":"A"}', "text": '{"a":"A"}'}


def plan_of(*steps: AgentStep, agents: tuple[Agent, ...] = ()) -> Plan:
    bundle = Bundle(
        workflow=Workflow(name="w", steps=steps),
        path="/w.yaml",
        shown_path="w.yaml",
        agents={agent.name: agent for agent in agents},
        schemas={"s.json": SchemaFile(path="/s.json", content=SCHEMA)},
    )
    attachments = {"json": (Attachment(name="a.png", media_type="image/png", digest="d"),)}
    return compile_plan(bundle, inputs={"x": "X"}, options=RunOptions(), attachments=attachments)


def last(step: AgentStep, *agents: Agent) -> PlannedStep:
    """Plan a step after one whose output is JSON and one whose output is free."""
    steps = (
        AgentStep(id="json", prompt="", output_schema=SCHEMA),
        AgentStep(id="text", prompt=""),
        AgentStep(id="mid", prompt="", depends_on=("text",)),
        step,
    )
    return plan_of(*steps, agents=agents).steps["last"]


def test_a_step_has_its_schema_from_wherever_it_stands() -> None:
    plan = plan_of(
        AgentStep(id="a", prompt="", output_schema=SCHEMA),
        AgentStep(id="b", prompt="", output_schema="s.json"),
        AgentStep(id="c", prompt=""),
    )

    assert [step.output_schema for step in plan.steps.values()] == [SCHEMA, SCHEMA, None]


def test_a_step_has_the_files_that_are_attached_to_it() -> None:
    plan = plan_of(AgentStep(id="json", prompt=""), AgentStep(id="b", prompt=""))

    assert [file.name for file in plan.steps["json"].attachments] == ["a.png"]
    assert plan.steps["b"].attachments == ()


def test_reading_the_json_of_a_step_counts_as_reading_it() -> None:
    step = last(AgentStep(id="last", prompt="{{steps.json.json.a}}", depends_on=("mid",)))

    assert step.reads == {"json"}
    assert step.needs == ("mid", "json")


def test_what_reads_json_of_a_step_without_a_schema_stays_as_it_is_written() -> None:
    prompt = "{{steps.json.json.a}} {{ steps.text.json.a }} {{steps.nobody.json}} {{inputs.x}}"
    step = last(AgentStep(id="last", prompt=prompt, depends_on=("json",)))

    rendered = step.prompt.render(Scope(inputs={"x": "X"}, outputs=OUTPUTS))
    assert rendered == "A {{ steps.text.json.a }} {{steps.nobody.json}} X"
    assert step.reads == {"json"}
    assert step.needs == ("json",)


def test_an_agent_s_prompt_keeps_it_as_it_is_written_too() -> None:
    agent = Agent(name="x", prompt="{{steps.json.json.a}} {{steps.text.json}}")
    step = last(AgentStep(id="last", prompt="", agent="x", depends_on=("json",)), agent)

    assert step.agent.system.render(Scope(inputs={}, outputs=OUTPUTS)) == "A {{steps.text.json}}"


def test_an_agent_file_reads_the_json_of_steps_upstream_alone() -> None:
    agent = Agent(name="x", prompt="{{steps.json.json.a}} {{steps.last.json}}", lenient=True)
    step = last(AgentStep(id="last", prompt="", agent="x", output_schema=SCHEMA, depends_on=("json",)), agent)

    assert step.agent.system.render(Scope(inputs={}, outputs=OUTPUTS)) == "A {{steps.last.json}}"


def test_the_values_of_a_condition_say_what_they_said() -> None:
    condition = Condition(
        step="json",
        contains=(
            "{{steps.json.json.a}}",
            "${{steps.text.json}}{{{steps.text.json.a}}}${{ steps.text.json }}",
        ),
    )
    step = last(AgentStep(id="last", prompt="", condition=condition, depends_on=("json",)))
    scope = Scope(inputs={}, outputs=OUTPUTS)

    assert step.condition is not None
    assert step.reads == {"json"}
    reason = unmet_reason(step.condition, OUTPUTS["json"], lambda text: parse(text).render(scope))
    assert reason == (
        "condition not met: step 'json' does not contain "
        "'${{steps.text.json}}{{{steps.text.json.a}}}${{ steps.text.json }}'"
    )


def test_a_condition_without_json_is_left_alone() -> None:
    condition = Condition(step="json", contains=("{{steps.json.output}}",))
    step = last(AgentStep(id="last", prompt="", condition=condition, depends_on=("json",)))

    assert step.condition == condition
