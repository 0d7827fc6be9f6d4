"""Random workflows, and the fates of their steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from goflow.events import Failure, FailureKind
from goflow.planning.compile import compile_plan
from goflow.planning.options import RunOptions
from goflow.planning.plan import Plan
from goflow.workflow import AgentStep, Bundle, Condition, Config, OnError, Workflow

OUTPUTS = ("yes", "no", "maybe {{inputs.x}}")
PASSING = Failure(kind=FailureKind.OVERLOADED, message="busy")
LASTING = Failure(kind=FailureKind.REJECTED, message="no")
UNAVAILABLE = Failure(kind=FailureKind.MODEL_UNAVAILABLE, message="not here")


@dataclass(frozen=True, kw_only=True)
class World:
    """A plan, and for each step what its attempts end with; the last entry holds for all further ones.

    `estimates` is how long steps took before, as far as it is known.
    """

    plan: Plan
    script: dict[str, tuple[str | Failure, ...]]
    estimates: dict[str, int] = field(default_factory=dict)

    def ending(self, step: str, attempt: int) -> str | Failure:
        entries = self.script[step]
        return entries[min(attempt, len(entries)) - 1]


def plan_of(*steps: AgentStep, config: Config | None = None, options: RunOptions | None = None) -> Plan:
    """Compile steps that are known to be right."""
    workflow = Workflow(name="w", steps=steps, config=config or Config())
    bundle = Bundle(workflow=workflow, path="/w.yaml", shown_path="w.yaml", agents={})
    return compile_plan(bundle, inputs={}, options=options or RunOptions())


@st.composite
def worlds(
    draw: st.DrawFn, most_steps: int = 8, timeouts_s: Sequence[float | None] = (None, None, 1.0)
) -> World:
    count = draw(st.integers(1, most_steps))
    steps = [draw(_step(index, timeouts_s)) for index in range(count)]
    script = {step.id: draw(_script(step.retry_count)) for step in steps}
    config = Config(max_concurrency=draw(st.integers(0, 3)))
    estimates = draw(st.dictionaries(st.sampled_from(sorted(script)), st.integers(0, 9)))
    return World(plan=plan_of(*steps, config=config), script=script, estimates=estimates)


@st.composite
def _step(draw: st.DrawFn, index: int, timeouts_s: Sequence[float | None]) -> AgentStep:
    earlier = [f"s{n}" for n in range(index)]
    needs: tuple[str, ...] = ()
    if earlier:
        needs = tuple(draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3)))
    condition = None
    is_conditional: bool = draw(st.booleans())
    if needs and is_conditional:
        value: str = draw(st.sampled_from(("yes", "no")))
        condition = Condition(step=draw(st.sampled_from(needs)), contains=(value,))
    return AgentStep(
        id=f"s{index}",
        prompt=" ".join(f"{{{{steps.{need}.output}}}}" for need in needs),
        depends_on=needs,
        condition=condition,
        on_error=draw(st.sampled_from(list(OnError))),
        retry_count=draw(st.integers(0, 2)),
        timeout_s=draw(st.sampled_from(timeouts_s)),
        model=draw(st.sampled_from((None, "first"))),
    )


@st.composite
def _script(draw: st.DrawFn, retries: int) -> tuple[str | Failure, ...]:
    endings: tuple[str | Failure, ...] = (*OUTPUTS, *OUTPUTS, LASTING, UNAVAILABLE)
    last = draw(st.sampled_from(endings))
    return (*(PASSING,) * draw(st.integers(0, retries)), last)
