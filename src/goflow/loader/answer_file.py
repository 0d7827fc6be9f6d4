"""Files of answers: by the step that asks, by the question's text, or in the order of the questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from yaml import SequenceNode

from goflow.errors import UsageError
from goflow.loader.decode import named, one_or_more, texts
from goflow.loader.decoded_text import decode_text
from goflow.loader.findings import Findings
from goflow.loader.paths import absolute
from goflow.loader.reader import MEGABYTE, DiskReader, Unreadable
from goflow.loader.scalars import is_identifier
from goflow.loader.yaml_nodes import compose
from goflow.problems import InvalidWorkflow, Problem, Severity, shown, suggest_step
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yaml import Node

    from goflow.loader.source_text import SourceText
    from goflow.workflow import Workflow

ANSWERS_LIMIT = 8 * MEGABYTE

_FORMS = "write `STEP: an answer`, `a question: an answer`, or a list of answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswers:
    """Answers; where one name has several, they are for its questions in turn."""

    in_order: tuple[str, ...] = ()
    by_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_answers(path: str, *, cwd: Path) -> GivenAnswers:
    """Read a file of answers; raise UsageError for one that cannot be read or holds none."""
    try:
        content = DiskReader().read(absolute(path, cwd), limit=ANSWERS_LIMIT)
    except Unreadable as error:
        raise UsageError(f"the answers file {shown(path)} {error.reason}") from error
    source = decode_text(content, path)
    if isinstance(source, Problem):
        raise UsageError(f"the answers file {shown(path)} is {source.message}", help=source.help)
    return _answers(source)


def stray_answers(given: GivenAnswers, workflow: Workflow) -> Iterator[Problem]:
    """Yield warnings of answers that look like a step's, and whose step the workflow does not have."""
    steps = [step.id for step in workflow.steps]
    for name in given.by_name:
        if is_identifier(name) and name not in steps:
            message = f"answers are given for {shown(name)}, which is no step of the workflow"
            told = suggest_step(name, steps)
            yield Problem(code="GF131", message=message, severity=Severity.WARNING, help=told)


def _answers(source: SourceText) -> GivenAnswers:
    at = Findings(source)
    root = compose(at)
    found = GivenAnswers() if root is None else _decode(at, root)
    if at.problems:
        raise InvalidWorkflow(f"the answers file {shown(source.shown)} holds mistakes", tuple(at.problems))
    if not found.in_order and not found.by_name:
        raise UsageError(f"the answers file {shown(source.shown)} holds no answers", help=_FORMS)
    return found


def _decode(at: Findings, root: Node) -> GivenAnswers:
    if isinstance(root, SequenceNode):
        return GivenAnswers(in_order=texts(at, root) or ())
    by_name = named(lambda at, _name, _key, value: one_or_more(at, value), "answers")(at, root)
    return GivenAnswers(by_name={name.strip(): answers for name, answers in (by_name or {}).items()})
