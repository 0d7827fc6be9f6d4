"""What `goflow plan` prints for people of what is known before a run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from goflow.cli.columns import aligned, cut
from goflow.cli.plan_texts import WIDEST, titled
from goflow.problems import count_of

if TYPE_CHECKING:
    from goflow.planning.plan import Plan, PlannedStep
    from goflow.projections.planned_view import PlannedText
    from goflow.projections.walk_demands import Demand

DEFAULT_MODEL: Final = "the provider's default"


def plan_page(
    plan: Plan, inputs: Mapping[str, str], texts: Collection[PlannedText], *, whole: Collection[str]
) -> str:
    """Return the page; `whole` are the steps whose texts are not cut."""
    level, pieces = -1, [plan_head(plan, inputs)]
    for text in texts:
        if text.step.level != level:
            level = text.step.level
            pieces.append(f"\nlevel {level}\n")
        pieces.append(_step(text, is_whole=text.step.id in whole))
    return "".join(pieces)


def plan_head(plan: Plan, inputs: Mapping[str, str]) -> str:
    """Return what is said first: the workflow, how large it is, and its inputs, which hold no secrets."""
    steps, levels = len(plan.steps), sum(map(bool, plan.levels))
    size = f"{count_of(steps, 'step')} in {count_of(levels, 'level')}"
    limit = f", at most {plan.max_concurrency} at a time" if plan.max_concurrency else ""
    return aligned(
        [
            ("workflow", cut(plan.name, WIDEST)),
            ("steps", f"{size}{limit}"),
            *(("input", f"{cut(name, WIDEST)} = {cut(value, WIDEST)}") for name, value in inputs.items()),
        ]
    )


def _step(text: PlannedText, *, is_whole: bool) -> str:
    rows = [*step_rows(text.step), *_condition(text)]
    table = "".join(f"    {line}\n" for line in aligned(rows).splitlines())
    system = titled("system", text.system, is_whole=is_whole) if text.system else ""
    return f"  {cut(text.step.id, WIDEST)}\n{table}{system}{titled('prompt', text.prompt, is_whole=is_whole)}"


def step_rows(step: PlannedStep) -> Iterator[tuple[str, str]]:
    """Yield what is known of a step before a run, a title and a text each."""
    yield "agent", cut(step.agent.name, WIDEST)
    yield "models", models_of(step)
    if step.needs:
        yield "after", cut(", ".join(step.needs), 2 * WIDEST)
    if step.agent.tools:
        yield "tools", cut(", ".join(step.agent.tools), 2 * WIDEST)
    if step.output_schema is not None:
        yield "answers", "JSON, as its `output_schema` says"
    if step.attachments:
        yield "attached", cut(", ".join(f"{file.name} ({file.media_type})" for file in step.attachments), 200)
    if step.interactive:
        yield "asks", "may ask a person"


def models_of(step: PlannedStep) -> str:
    """Return the models in the order in which they are tried."""
    return cut(", then ".join(model or DEFAULT_MODEL for model in step.models), 2 * WIDEST)


def _condition(text: PlannedText) -> Iterator[tuple[str, str]]:
    if text.step.condition is not None:
        yield "if", f"`{text.step.condition.step}` {all_of(text.demands)}"


def all_of(demands: Collection[Demand]) -> str:
    """Return what makes a condition hold."""
    return " and ".join(cut(demand.holds, WIDEST) for demand in demands) or "has ended"


def any_of(demands: Collection[Demand]) -> str:
    """Return what keeps a condition from holding: one of these is enough."""
    return " or ".join(cut(demand.fails, WIDEST) for demand in demands)
