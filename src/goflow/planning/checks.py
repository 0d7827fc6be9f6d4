"""What a workflow must satisfy as a whole: every mistake at once, each with its place.

Reading a file finds what is wrong with single fields; these rules take the whole to see. A new rule is a
function in `goflow.planning.rules` and a line in `RULES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from goflow.planning.examined import Examined
from goflow.planning.rules import (
    attachments,
    conditions,
    graph,
    limits,
    permissions,
    schemas,
    steps,
    templates,
)
from goflow.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goflow.workflow import Bundle

Rule: TypeAlias = Callable[[Examined], Iterator[Problem]]

RULES: Final[tuple[Rule, ...]] = (
    graph.workflow_has_steps,
    graph.step_ids_are_unique,
    graph.dependencies_exist,
    graph.dependencies_are_other_steps,
    graph.dependencies_are_named_once,
    graph.graph_has_no_cycle,
    steps.agents_exist,
    steps.retries_are_sensible,
    steps.timeouts_are_sensible,
    steps.printed_steps_exist,
    steps.printed_steps_are_named_once,
    limits.limits_name_models,
    limits.budgets_bound_answers,
    permissions.rules_name_known_tools,
    permissions.patterns_end_with_words,
    permissions.agents_name_known_tools,
    conditions.tested_steps_exist,
    conditions.tested_steps_are_upstream,
    conditions.tested_steps_are_dependencies,
    conditions.conditions_test_something,
    conditions.conditions_can_hold,
    conditions.tests_are_named_once,
    templates.referred_steps_exist,
    templates.referred_steps_are_upstream,
    templates.referred_steps_are_dependencies,
    templates.referred_inputs_exist,
    templates.braces_hold_references,
    schemas.paths_lead_somewhere,
    attachments.attachments_are_few,
    attachments.attachments_are_known_at_the_start,
    attachments.attachments_hold_no_secret,
)


def check(bundle: Bundle, given_inputs: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    """Return the problems of a bundle, those of reading it included, in the order of their places.

    `given_inputs` are those of a run; None where no run is meant. Raises nothing, whatever the bundle holds.
    """
    examined = Examined(bundle, given_inputs)
    found = [problem for rule in RULES for problem in rule(examined)]
    return tuple(sorted((*bundle.problems, *found), key=lambda problem: _place(bundle, problem)))


def _place(bundle: Bundle, problem: Problem) -> tuple[bool, str, int, int, str]:
    span = problem.span
    if span is None:
        return (False, "", 0, 0, problem.code)
    return (span.file != bundle.shown_path, span.file, span.line, span.column, problem.code)
