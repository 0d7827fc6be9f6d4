"""Rules on what stands in braces: in prompts, in conditions, in the prompts of agents."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from goflow.planning.references import Standing
from goflow.planning.rules.wording import dependency_to_add, known_steps, readers
from goflow.problems import Problem, Severity, shown
from goflow.templating import InputRef, JsonRef, OutputRef, Unparsed
from goflow.templating.json_path import MOST_PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goflow.planning.examined import Examined
    from goflow.planning.texts import Text

_OUTPUT_LIKE: Final = re.compile(r"\.?steps?\.([A-Za-z0-9_-]+)(\.\w+)?", re.IGNORECASE)
_JSON_LIKE: Final = re.compile(r"\.?steps?\.([A-Za-z0-9_-]+)\.json([.\[].*)?", re.IGNORECASE | re.DOTALL)
_INPUT_LIKE: Final = re.compile(r"\.?inputs?\.([A-Za-z0-9_-]+)", re.IGNORECASE)
_FORMS: Final = 'references are `{{inputs.NAME}}` and `{{steps.ID.output}}`; `{{"{{"}}` writes the braces'


def referred_steps_exist(examined: Examined) -> Iterator[Problem]:
    """Report references to what is no step."""
    for text in examined.texts:
        for ref in text.braced:
            if isinstance(ref, OutputRef) and ref.step not in examined.index_of:
                yield Problem(
                    code="GF306" if text.is_lenient else "GF301",
                    severity=_severity(text),
                    message=f"{_noun(text)} refers to step {shown(ref.step)}, "
                    f"which does not exist{_rest(text)}",
                    span=examined.place_in(text, ref),
                    help=known_steps(examined, ref.step),
                )


def referred_steps_are_upstream(examined: Examined) -> Iterator[Problem]:
    """Report references to outputs that are not there yet when the step starts."""
    for text, ref, indices in _readings(examined, Standing.NOT_UPSTREAM):
        step = examined.steps[indices[0]]
        words = f"step {shown(ref.step)}, which is not upstream of {readers(examined, indices)}"
        is_itself = ref.step == step.id
        yield Problem(
            code="GF306" if text.is_lenient else "GF302",
            severity=_severity(text),
            message=f"{_noun(text)} refers to {'its own output' if is_itself else words}{_rest(text)}",
            span=examined.place_in(text, ref),
            help="a step can read the outputs of steps that end before it starts"
            if is_itself
            else dependency_to_add(examined, step, ref.step),
        )


def referred_steps_are_dependencies(examined: Examined) -> Iterator[Problem]:
    """Report references that make a dependency of a step that merely stands at a lower level."""
    for text, ref, indices in _readings(examined, Standing.LOWER_LEVEL):
        yield Problem(
            code="GF303",
            severity=Severity.WARNING,
            message=f"{_noun(text)} refers to step {shown(ref.step)}, which is not upstream of "
            f"{readers(examined, indices)} but of a lower level: it becomes a dependency",
            span=examined.place_in(text, ref),
            help=dependency_to_add(examined, examined.steps[indices[0]], ref.step),
        )


def referred_inputs_exist(examined: Examined) -> Iterator[Problem]:
    """Report references to inputs that have no value; `validate` does not know what will be given."""
    declared = examined.bundle.workflow.inputs
    given = examined.given_inputs
    known = {*declared, *(given or ())}
    fault = "which is not declared" if given is None else "which is neither declared nor given"
    for text in chain(examined.texts, examined.attached):
        for ref in text.braced:
            if isinstance(ref, InputRef) and ref.name not in known:
                is_error = given is not None and not text.is_lenient
                yield Problem(
                    code="GF306" if text.is_lenient else "GF304",
                    severity=Severity.ERROR if is_error else Severity.WARNING,
                    message=f"{_noun(text)} refers to input {shown(ref.name)}, {fault}{_rest(text)}",
                    span=examined.place_in(text, ref),
                    help=examined.suggest(ref.name, declared)
                    or f"declare it below `inputs:`, or give it with `--inputs {ref.name}=...`",
                )


def braces_hold_references(examined: Examined) -> Iterator[Problem]:
    """Report braces that hold no reference, which may not be what was meant."""
    for text in chain(examined.texts, examined.attached):
        for braces in text.braced:
            if isinstance(braces, Unparsed):
                yield Problem(
                    code="GF305",
                    severity=Severity.WARNING,
                    message=f"{shown(braces.text)} {_fault(braces.text)}, so it stays as it is written",
                    span=examined.place_in(text, braces),
                    help=_meant(examined, braces.text) or _FORMS,
                )


def _readings(
    examined: Examined, standing: Standing
) -> Iterator[tuple[Text, OutputRef | JsonRef, list[int]]]:
    """Yield references with the steps that stand so to what they read, by index."""
    if standing not in examined.doubtful.values():
        return
    for text in examined.texts:
        for ref in text.braced:
            if isinstance(ref, OutputRef | JsonRef):
                at = [index for index in text.readers if examined.standing(index, ref.step) is standing]
                if at:
                    yield text, ref, at


def _noun(text: Text) -> str:
    return "agent file" if text.is_lenient else "template"


def _rest(text: Text) -> str:
    return ": it stays as text" if text.is_lenient else ""


def _severity(text: Text) -> Severity:
    return Severity.WARNING if text.is_lenient else Severity.ERROR


def _fault(braces: str) -> str:
    return "is not a reference" if braces.endswith("}}") else "has no `}}`"


def _meant(examined: Examined, braces: str) -> str | None:
    """Return a suggestion for braces that come near a reference."""
    body = braces.removeprefix("{{").removesuffix("}}").strip()
    if found := _JSON_LIKE.fullmatch(body):
        return _meant_json(examined, found[1])
    if (found := _OUTPUT_LIKE.fullmatch(body)) and found[1] in examined.index_of:
        return f"did you mean `{{{{steps.{found[1]}.output}}}}`?"
    if (found := _INPUT_LIKE.fullmatch(body)) and found[1] in examined.bundle.workflow.inputs:
        return f"did you mean `{{{{inputs.{found[1]}}}}}`?"
    return None


def _meant_json(examined: Examined, step: str) -> str:
    index = examined.index_of.get(step)
    if index is None:
        return known_steps(examined, step)
    if examined.steps[index].output_schema is None:
        output = f"`{{{{steps.{step}.output}}}}`"
        return f"step {shown(step)} has no `output_schema`, so its output is a text: {output}"
    return f"a path is `.NAME` or `[NUMBER]`, up to {MOST_PARTS} times"
