"""A simulation decides what a run with the same mock script decides, and asks with the same prompts."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Final

from hypothesis import given, settings, strategies as st

from goflow.api import Host, Run, execute, prepare, this_host
from goflow.api.simulating import Simulation, StubAnswerer, rehearse, simulate
from goflow.cli.plan_stubs import stubs_text
from goflow.planning.options import RunOptions
from goflow.projections.planned_view import planned_texts
from goflow.testing import AutojumpClock, MemoryJournal
from goflow.workflow import AgentStep, Bundle, Condition, Config, OnError, SharedMemory, Workflow

ANSWERS = ("yes", "no", "{{inputs.x}} {{prompt}}", '{"risk": "low"}', " yes ", "\\x1b[31m\x85")
RISK: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["risk"],
    "properties": {"risk": {"enum": ["low", 'h{{step}}"']}, "more": {"type": "string"}},
}
NEVER: Final[dict[str, Any]] = {"type": "string", "pattern": "^[0-9]+$"}


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    steps = tuple(draw(_step(index)) for index in range(draw(st.integers(1, 6))))
    memory = draw(st.sampled_from((None, SharedMemory(enabled=True, inject_into_prompt=True))))
    config = Config(max_concurrency=draw(st.integers(0, 2)), shared_memory=memory)
    workflow = Workflow(name="w", steps=steps, config=config)
    return Bundle(workflow=workflow, path="/w.yaml", shown_path="w.yaml", agents={}, memory_text="Rules.")


@st.composite
def _step(draw: st.DrawFn, index: int) -> AgentStep:
    earlier = [f"s{n}" for n in range(index)]
    needs: tuple[str, ...] = ()
    if earlier:
        needs = tuple(draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3)))
    condition = None
    is_conditional: bool = draw(st.booleans())
    if needs and is_conditional:
        test = draw(st.sampled_from(("contains", "not_contains", "equals", "not_equals")))
        condition = Condition(
            step=draw(st.sampled_from(needs)), **{test: (draw(st.sampled_from(("yes", "stub", "low"))),)}
        )
    return AgentStep(
        id=f"s{index}",
        prompt=" ".join((f"do {index}", *(f"{{{{steps.{need}.output}}}}" for need in needs))),
        depends_on=needs,
        condition=condition,
        on_error=draw(st.sampled_from(list(OnError))),
        retry_count=draw(st.integers(0, 2)),
        timeout_s=draw(st.sampled_from((None, 100.0))),
        model=draw(st.sampled_from((None, "first"))),
        interactive=draw(st.booleans()),
        output_schema=draw(st.sampled_from((None, None, RISK, NEVER))),
    )


@st.composite
def _reply(draw: st.DrawFn) -> dict[str, Any]:
    if draw(st.integers(0, 3)) == 0:
        kind = draw(st.sampled_from(("overloaded", "rejected", "model_unavailable")))
        once = {"times": 1, "answer": "yes"} if draw(st.booleans()) else {}
        return {"fail": kind, **once}
    reply: dict[str, Any] = {"answer": draw(st.sampled_from(ANSWERS))}
    if draw(st.booleans()):
        reply["ask"] = {"question": "Which of {{step}}?", "choices": draw(st.sampled_from(([], ["a", "b"])))}
        reply["answer"] += " {{answer}}"
    return reply


@st.composite
def scripts(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a script that speaks of every step, in the end by its `default`."""
    spoken = draw(st.lists(st.sampled_from([f"s{n}" for n in range(6)]), unique=True))
    return {"answers": [{"step": step, **draw(_reply())} for step in spoken], "default": "yes, by default"}


def host_of(script: Path | None = None) -> Host:
    return this_host(journal=MemoryJournal(), clock=AutojumpClock(), mock_script=script)


def told(run: Run) -> dict[str, tuple[object, ...]]:
    """Return all that a run has decided of its steps."""
    return {
        name: (
            seen.status,
            seen.prompt,
            seen.output,
            seen.model,
            seen.skip_reason,
            seen.because,
            seen.failure,
            [attempt.status for attempt in seen.attempts],
        )
        for name, seen in run.view.steps.items()
    }


async def run_mock(bundle: Bundle, script: Path) -> Run:
    host = host_of(script)
    prepared = prepare(bundle, {"x": "yes"}, options=RunOptions(backend="mock"), host=host)
    return await execute(prepared, answerer=StubAnswerer())


async def simulated(bundle: Bundle, script: Path | None) -> Simulation:
    return await simulate(rehearse(bundle, {"x": "yes"}, options=RunOptions(), host=host_of(), stubs=script))


@settings(max_examples=150)
@given(bundle=bundles(), script=scripts())
def test_a_simulation_decides_what_a_run_with_the_same_script_decides(
    bundle: Bundle, script: dict[str, Any]
) -> None:
    path = Path("script.yaml")
    path.write_text(json.dumps(script), encoding="utf-8")

    run = asyncio.run(run_mock(bundle, path))
    simulation = asyncio.run(simulated(bundle, path))

    assert told(simulation.run) == told(run)
    assert simulation.run.status is run.status


@settings(max_examples=50)
@given(bundle=bundles())
def test_the_stubs_that_are_written_down_give_the_same_walk(bundle: Bundle) -> None:
    plan = rehearse(bundle, {"x": "yes"}, options=RunOptions(), host=host_of()).prepared.plan
    path = Path("stubs.yaml")
    path.write_text(stubs_text("w", planned_texts(plan, str)), encoding="utf-8")

    made, written = asyncio.run(simulated(bundle, None)), asyncio.run(simulated(bundle, path))

    assert told(written.run) == told(made.run)
    assert written.walk.branches == made.walk.branches
    assert {step.stub.source for step in written.walk.steps if step.stub is not None} <= {"stubs"}
