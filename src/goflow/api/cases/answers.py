"""Who answers in a case: its stubs, a mock script, or a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yaml import MappingNode

from goflow.api.mock_scripts import parse_source, read_script
from goflow.backends.case_stubs import read_stubs
from goflow.backends.mock_script import MockScript
from goflow.errors import UsageError
from goflow.loader.case_written import Named
from goflow.loader.entries import entries
from goflow.problems import InvalidWorkflow, shown
from goflow.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from yaml import Node

    from goflow.api.cases.opening import OpenFile
    from goflow.loader.case_written import WrittenCase
    from goflow.loader.findings import Findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What answers.

    A `mock` script says all; else answers are made for the steps that `script` does not speak of, unless
    there is a recording. `stubs` are the steps that are stubbed, as they are written.
    """

    script: MockScript = MockScript()
    mock: MockScript | None = None
    recording: Path | None = None
    stubs: tuple[Named, ...] = ()


def read_answers(case: WrittenCase, file: OpenFile) -> Answers:
    """Read who answers, and report what is wrong with that."""
    at = file.findings
    if case.stubs is not None:
        return Answers(script=read_stubs(at, case.stubs), stubs=tuple(_stubbed(at, case.stubs)))
    if case.mock is not None:
        return Answers(mock=_script(at, case.mock, file.path.parent))
    if case.replay is not None:
        return Answers(recording=_recording(at, case.replay, file.path.parent))
    return Answers()


def _stubbed(at: Findings, node: Node) -> list[Named]:
    if not isinstance(node, MappingNode):
        return []
    return [Named(text=name, at=at.place(key)) for name, (key, _) in entries(at, node).items()]


def _script(at: Findings, named: Named, folder: Path) -> MockScript:
    try:
        return parse_source(read_script(folder / named.text, named.text))
    except InvalidWorkflow as error:
        at.problems.extend(error.problems)
    except UsageError as error:
        _report(at, named, error.message)
    return MockScript()


def _recording(at: Findings, named: Named, folder: Path) -> Path:
    path = (folder / named.text).absolute()
    if not path.is_file():
        _report(at, named, f"the recording {shown(named.text)} does not exist")
    return path


def _report(at: Findings, named: Named, message: str) -> None:
    at.error("GF710", message, named.at, help="it is relative to the test file")
