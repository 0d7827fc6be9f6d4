"""What a run would reserve of a budget for the first request of each step, as far as that is known before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.backends.base import Need, Request
from goflow.projections.planned_view import planned_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goflow.api.forecasting_models import AskedModel
    from goflow.api.prepare import Prepared
    from goflow.planning.plan import Plan, PlannedBudget
    from goflow.projections.planned_view import PlannedText
    from goflow.tools.toolbox import Toolbox


def reserves_of(plan: Plan, prepared: Prepared, chosen: Mapping[str, AskedModel]) -> dict[str, Need]:
    """Return the least that is reserved for each step that a service is asked for, where a budget bounds it.

    Outputs of other steps are not known yet, and only those tools count that are offered wherever it runs.
    """
    if not any(_is_counted(budget) for budget in _budgets(plan)):
        return {}
    toolbox = _toolbox(prepared)
    return {
        text.step.id: _reserve(_request(text, plan), chosen[text.step.id], toolbox)
        for text in planned_texts(plan, lambda text: text)
        if text.step.id in chosen and chosen[text.step.id].provider is not None
    }


def _budgets(plan: Plan) -> list[PlannedBudget | None]:
    return [plan.budget, *(step.budget for step in plan.steps.values())]


def _is_counted(budget: PlannedBudget | None) -> bool:
    return budget is not None and (budget.cost_usd is not None or budget.tokens is not None)


def _toolbox(prepared: Prepared) -> Toolbox:
    from goflow.settings.folders import state_folder
    from goflow.settings.trust import is_trusted
    from goflow.tools.permissions import Circumstances
    from goflow.tools.toolbox import Toolbox

    host, options = prepared.host, prepared.options
    trusted = options.trust or is_trusted(host.cwd, state_folder(host.environ, host.home))
    return Toolbox(
        workspace=str(host.cwd),
        circumstances=Circumstances(
            is_trusted=trusted, has_person=False, is_confined=False, allows_all=options.allow_all_tools
        ),
    )


def _request(text: PlannedText, plan: Plan) -> Request:
    step = text.step
    return Request(
        run_id="",
        step=step.id,
        attempt=1,
        agent=step.agent.name,
        system=text.system,
        prompt=text.prompt,
        model=None,
        tools=step.agent.tools,
        interactive=step.interactive,
        settings=step.settings,
        permissions=step.permissions,
        shares_memory=plan.memory is not None,
        output_schema=step.output_schema,
    )


def _reserve(request: Request, model: AskedModel, toolbox: Toolbox) -> Need:
    from goflow.backends.need_sizes import TOKENS_OF_TOOLS, most_output, size_of, size_offered

    offered = toolbox.offered_to(request)
    sizes = [size_of(request.system), size_of(request.prompt)]
    sizes += [size_offered(name, tool.description, tool.json_schema()) for name, tool in offered.items()]
    if request.output_schema is not None:
        sizes.append(size_offered("", None, request.output_schema))
    tokens_in = sum(map(sum, sizes)) + (TOKENS_OF_TOOLS if offered else 0)
    settings = request.settings
    tokens_out = most_output(settings and settings.max_tokens, settings and settings.extra_body)
    price = model.price
    return Need(
        tokens=tokens_in + tokens_out,
        cost_usd=None if price is None else tokens_in * price.input_usd + tokens_out * price.output_usd,
    )
