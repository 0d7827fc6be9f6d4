"""What `goflow plan` prints: a plan as it is known, a simulation, or the stubs for one."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from goflow.api.simulating import simulate
from goflow.cli.plan_documents import plan_document, walk_document
from goflow.cli.plan_page import plan_page
from goflow.cli.plan_stubs import stubs_text
from goflow.cli.plan_walk_page import walk_page
from goflow.projections.planned_view import planned_texts
from goflow.reporters.sanitize import sanitize_line

if TYPE_CHECKING:
    from goflow.api.simulating import Rehearsal
    from goflow.cli.plan_forecasts import Forecasts


def tell_plan(
    rehearsal: Rehearsal, whole: Collection[str], *, as_json: bool, forecasts: Forecasts | None = None
) -> str:
    """Return what is known before a run; `whole` are the steps whose texts are not cut."""
    plan, inputs = rehearsal.prepared.plan, rehearsal.inputs
    texts = planned_texts(plan, rehearsal.mask)
    if as_json:
        document = plan_document(plan, inputs, texts)
        return _json(document if forecasts is None else document | forecasts.document())
    page = plan_page(plan, inputs, texts, whole=whole)
    return page if forecasts is None else page + forecasts.page()


def tell_walk(rehearsal: Rehearsal, whole: Collection[str], *, as_json: bool, way_on: str) -> tuple[str, int]:
    """Simulate the run; return what came of it, and 1 if it would not end well."""
    simulation = asyncio.run(simulate(rehearsal))
    text = _json(walk_document(simulation)) if as_json else walk_page(simulation, whole=whole, way_on=way_on)
    return text, 1 if simulation.exit_code else 0


def tell_stubs(rehearsal: Rehearsal) -> str:
    """Return a file of stub answers to begin with."""
    plan = rehearsal.prepared.plan
    return stubs_text(plan.name, planned_texts(plan, rehearsal.mask))


def way_on(file: str) -> str:
    """Return how other branches are walked, for a reader who has only seen made-up answers."""
    command = f"goflow plan {shlex.quote(sanitize_line(file))} --simulate --stubs-init -o stubs.yaml"
    return f"next: {command}\n  writes these answers down to be edited; `--stubs stubs.yaml` takes them\n"


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"
