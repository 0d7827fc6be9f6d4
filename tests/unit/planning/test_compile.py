from __future__ import annotations

from goflow.planning.compile import compile_plan
from goflow.planning.options import RunOptions
from goflow.planning.plan import Plan
from goflow.templating import Condition, Scope, Truncate
from goflow.workflow import (
    Agent,
    AgentRef,
    AgentStep,
    Bundle,
    Config,
    InputSpec,
    ModelSettings,
    OnError,
    OutputSpec,
    Workflow,
)


def plan_of(
    workflow: Workflow,
    *agents: Agent,
    inputs: dict[str, str] | None = None,
    options: RunOptions | None = None,
) -> Plan:
    bundle = Bundle(
        workflow=workflow, path="/w.yaml", shown_path="w.yaml", agents={agent.name: agent for agent in agents}
    )
    return compile_plan(bundle, inputs=inputs or {}, options=options or RunOptions())


def of_steps(*steps: AgentStep, options: RunOptions | None = None) -> Plan:
    return plan_of(Workflow(name="w", steps=steps), options=options)


def system_of(plan: Plan, step: str, outputs: dict[str, str] | None = None) -> str:
    scope = Scope(inputs=plan.inputs, outputs=outputs or {})
    return plan.steps[step].agent.system.render(scope)


def test_a_step_without_an_agent_asks_the_only_one() -> None:
    writer = Agent(name="writer", prompt="You write.", file="/writer.agent.md", tools=("view",))
    workflow = Workflow(name="w", steps=(AgentStep(id="a", prompt=""),), agents={"writer": AgentRef()})
    agent = plan_of(workflow, writer).steps["a"].agent

    assert (agent.name, agent.file, agent.tools) == ("writer", "/writer.agent.md", ("view",))


def test_a_step_without_an_agent_among_several_asks_the_model_alone() -> None:
    plan = of_steps(AgentStep(id="a", prompt=""))

    assert plan.steps["a"].agent.name == "assistant"
    assert system_of(plan, "a") == ""


def test_models_are_tried_in_order_each_once_and_the_default_last() -> None:
    agent = Agent(name="x", models=("b", "c", "a"))
    workflow = Workflow(
        name="w", steps=(AgentStep(id="s", prompt="", agent="x", model="a"),), config=Config(model="c")
    )

    assert plan_of(workflow, agent).steps["s"].models == ("a", "b", "c", None)
    assert plan_of(workflow, agent, options=RunOptions(model="m")).steps["s"].models == ("m",)
    assert plan_of(workflow, agent, options=RunOptions(default_model="d")).steps["s"].models == (
        *("a", "b", "c", "d"),
        None,
    )


def test_a_step_that_reads_one_of_a_lower_level_needs_it_too() -> None:
    plan = of_steps(
        AgentStep(id="a", prompt=""),
        AgentStep(id="b", prompt=""),
        AgentStep(id="c", prompt="{{steps.a.output}}", depends_on=("b",)),
    )

    assert plan.steps["c"].needs == ("b", "a")
    assert plan.steps["a"].dependents == ("c",)
    assert plan.levels == (("a", "b"), ("c",))


def test_what_a_step_reads_counts_prompts_agents_and_conditions() -> None:
    agent = Agent(name="x", prompt="Mind {{steps.a.output}}")
    steps = (
        AgentStep(id="a", prompt=""),
        AgentStep(id="b", prompt=""),
        AgentStep(id="c", prompt="", depends_on=("a", "b")),
        AgentStep(
            id="d",
            prompt="",
            agent="x",
            depends_on=("c",),
            condition=Condition(step="c", contains=("{{steps.b.output}}",)),
        ),
    )

    assert plan_of(Workflow(name="w", steps=steps), agent).steps["d"].reads == {"a", "b", "c"}


def test_in_an_agent_file_what_is_unknown_or_not_upstream_stays_text() -> None:
    agent = Agent(
        name="x",
        prompt="{{inputs.i}} {{inputs.no}} {{steps.a.output}} {{steps.no.output}} {{steps.b.output}}",
        lenient=True,
    )
    steps = (
        AgentStep(id="a", prompt=""),
        AgentStep(id="b", prompt="", agent="x", depends_on=("a",)),
    )
    plan = plan_of(Workflow(name="w", steps=steps), agent, inputs={"i": "I"})

    assert system_of(plan, "b", {"a": "A"}) == "I {{inputs.no}} A {{steps.no.output}} {{steps.b.output}}"


def test_a_failure_is_fatal_alone_in_its_level_or_where_it_says_so() -> None:
    plan = of_steps(
        AgentStep(id="alone", prompt=""),
        AgentStep(id="sibling", prompt="", depends_on=("alone",)),
        AgentStep(id="strict", prompt="", depends_on=("alone",), on_error=OnError.FAIL),
        AgentStep(id="last", prompt="", depends_on=("sibling",), on_error=OnError.CONTINUE),
    )

    assert {name for name, step in plan.steps.items() if step.is_fatal} == {"alone", "strict"}
    assert {name for name, step in plan.steps.items() if step.is_covered} == {"last"}


def test_a_step_lays_its_settings_over_those_of_its_agent() -> None:
    agent = Agent(name="x", settings=ModelSettings(temperature=0.5, max_tokens=10, extra_headers={"a": "1"}))
    steps = (
        AgentStep(id="both", prompt="", agent="x", settings=ModelSettings(temperature=0.0)),
        AgentStep(id="agents", prompt="", agent="x"),
        AgentStep(id="own", prompt="", settings=ModelSettings(seed=1)),
        AgentStep(id="none", prompt=""),
    )
    plan = plan_of(Workflow(name="w", steps=steps), agent)

    assert plan.steps["both"].settings == ModelSettings(
        temperature=0.0, max_tokens=10, extra_headers={"a": "1"}
    )
    assert plan.steps["agents"].settings == agent.settings
    assert plan.steps["own"].settings == ModelSettings(seed=1)
    assert plan.steps["none"].settings is None


def test_headers_and_the_body_are_laid_over_key_by_key_and_headers_whatever_their_case() -> None:
    base = ModelSettings(extra_headers={"X-Team": "docs", "X-A": "1"}, extra_body={"top_k": 4, "n": {"a": 1}})
    own = ModelSettings(extra_headers={"x-a": "2"}, extra_body={"n": {"b": 2}})
    step = AgentStep(id="both", prompt="", agent="x", settings=own)

    plan = plan_of(Workflow(name="w", steps=(step,)), Agent(name="x", settings=base))

    assert plan.steps["both"].settings == ModelSettings(
        extra_headers={"X-Team": "docs", "x-a": "2"}, extra_body={"top_k": 4, "n": {"b": 2}}
    )


def test_a_plan_of_some_steps_has_these_and_what_they_need() -> None:
    steps = (
        AgentStep(id="a", prompt=""),
        AgentStep(id="b", prompt="", depends_on=("a",)),
        AgentStep(id="c", prompt="", depends_on=("a",)),
        AgentStep(id="d", prompt="", depends_on=("b", "a")),
    )
    plan = of_steps(*steps, options=RunOptions(only_steps=("d", "b")))

    assert list(plan.steps) == ["a", "b", "d"]
    assert plan.steps["a"].dependents == ("b", "d")
    assert not plan.steps["b"].is_fatal


def test_the_settings_of_a_run_come_from_the_command_line_first() -> None:
    config = Config(max_concurrency=3, interactive=True, truncate=Truncate(limit=5))
    workflow = Workflow(
        name="w",
        steps=(AgentStep(id="a", prompt=""), AgentStep(id="b", prompt="", interactive=False, timeout_s=1.5)),
        config=config,
        inputs={"key": InputSpec(secret=True), "topic": InputSpec()},
        output=OutputSpec(truncate=Truncate(limit=9)),
    )
    plan = plan_of(workflow, options=RunOptions(max_concurrency=7, streaming=True, timeout_s=2))
    calm = plan_of(workflow)

    assert (plan.max_concurrency, plan.streaming, plan.timeout_ms) == (7, True, 2000)
    assert (calm.max_concurrency, calm.streaming, calm.timeout_ms) == (3, False, None)
    assert plan.bound == Truncate(limit=5)
    assert plan.secret_inputs == {"key"}
    assert [plan.steps[name].interactive for name in "ab"] == [True, False]
    assert plan.steps["b"].timeout_ms == 1500


def test_the_output_lends_its_bound_where_the_config_has_none() -> None:
    step = AgentStep(id="a", prompt="")
    workflow = Workflow(name="w", steps=(step,), output=OutputSpec(truncate=Truncate(limit=9)))

    assert plan_of(workflow).bound == Truncate(limit=9)
