"""What a case names, held against its workflow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from goflow.backends.mock_script import glob
from goflow.loader.case_written import Named
from goflow.problems import shown, suggest, suggest_step

if TYPE_CHECKING:
    from goflow.api.cases.answers import Answers
    from goflow.loader.case_written import WrittenCase
    from goflow.loader.findings import Findings
    from goflow.workflow import Bundle


def check_against(bundle: Bundle, case: WrittenCase, answers: Answers, at: Findings) -> None:
    """Report steps and inputs that the workflow does not have, and inputs that it lacks."""
    _check_steps(at, _steps_named(case, answers), bundle)
    _check_inputs(at, case, bundle)


def _steps_named(case: WrittenCase, answers: Answers) -> Iterator[Named]:
    yield from (*case.expect.steps, *answers.stubs)
    yield from (Named(text=each.step, at=each.at) for each in case.chaos if each.at is not None)


def _check_steps(at: Findings, named: Iterable[Named], bundle: Bundle) -> None:
    """Report steps that the workflow does not have, and patterns that fit none of its steps."""
    known = [step.id for step in bundle.workflow.steps]
    for step in named:
        if not any(glob(step.text).fullmatch(each) for each in known):
            told = suggest_step(step.text, known)
            at.error("GF706", f"the workflow has no step {shown(step.text)}", step.at, help=told)


def _check_inputs(at: Findings, case: WrittenCase, bundle: Bundle) -> None:
    known = bundle.workflow.inputs
    for name, value in case.inputs.items():
        if name not in known:
            message = f"the workflow declares no input {shown(name)}"
            at.warning("GF130", message, value.at, help=suggest(name, known))
    for name, spec in known.items():
        if name not in case.inputs and spec.default is None:
            told = f"add `inputs: {{{name}: …}}`"
            at.error("GF711", f"the case gives no value to the input {shown(name)}", case.at, help=told)
