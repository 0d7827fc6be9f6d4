"""Test files → cases that can be run, or every mistake in them, in the workflows and in the scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.api.cases.answers import Answers, read_answers
from goflow.api.cases.checking import check_against
from goflow.api.cases.functions import check_functions
from goflow.api.cases.opening import OpenFile
from goflow.api.cases.readying import Around, ReadyCase, make_ready
from goflow.api.prepare import require_sound
from goflow.errors import GoflowError
from goflow.loader.collector import collector_paused
from goflow.loader.load import load_bundle
from goflow.problems import InvalidWorkflow, Severity
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.loader.case_written import WrittenCase
    from goflow.loader.findings import Findings
    from goflow.problems import Problem
    from goflow.workflow import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A test file whose cases can be run; `warnings` do not keep them from it."""

    shown: str
    cases: tuple[ReadyCase, ...]
    warnings: tuple[Problem, ...] = ()


@collector_paused()
def read_case_files(
    files: Sequence[OpenFile], *, home: Path, seed: int | None = None
) -> tuple[CaseFile, ...]:
    """Make all cases ready, with a seed in place of their own if there is one.

    Raises `InvalidWorkflow` with all that is wrong in any of the files.
    """
    reading = _Reading(Around(cwd=Path.cwd(), home=home, seed=seed))
    found = tuple(reading.read(file) for file in files)
    mistakes = tuple(dict.fromkeys(reading.mistakes))
    if mistakes:
        raise InvalidWorkflow("the tests hold mistakes, so none was run", mistakes)
    return found


class _Reading:
    """Reads files one after another; a workflow that several are of is read once."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._bundles: dict[Path, Bundle | None] = {}
        self.mistakes: list[Problem] = []

    def read(self, file: OpenFile) -> CaseFile:
        """Return the cases of a file, as far as they are sound."""
        bundle = None if file.workflow is None else self._bundle(file.workflow)
        cases = tuple(self._cases(file, bundle))
        problems = sorted(file.findings.problems, key=_place)
        self.mistakes.extend(_errors(problems))
        warnings = tuple(each for each in problems if each.severity is not Severity.ERROR)
        return CaseFile(shown=str(file.path), cases=cases, warnings=warnings)

    def _bundle(self, path: Path) -> Bundle | None:
        key = path.resolve()
        if key not in self._bundles:
            bundle = load_bundle(path, cwd=self._around.cwd, home=self._around.home)
            try:
                require_sound(bundle, None)
                self._bundles[key] = bundle
            except InvalidWorkflow as error:
                self.mistakes.extend(_errors(error.problems))
                self._bundles[key] = None
        return self._bundles[key]

    def _cases(self, file: OpenFile, bundle: Bundle | None) -> Iterator[ReadyCase]:
        at = file.findings
        for case in file.written.cases:
            known = _count(at)
            answers = read_answers(case, file)
            check_functions(at, case.expect.checks)
            if bundle is not None:
                check_against(bundle, case, answers, at)
                if _count(at) == known:
                    yield from self._ready(at, bundle, case, answers)

    def _ready(
        self, at: Findings, bundle: Bundle, case: WrittenCase, answers: Answers
    ) -> Iterator[ReadyCase]:
        try:
            yield make_ready(case, bundle, answers, self._around)
        except InvalidWorkflow as error:
            at.problems.extend(_errors(error.problems))
        except GoflowError as error:
            at.error("GF711", f"the case cannot be run: {error.message}", case.at, help=error.help)


def _errors(problems: Iterable[Problem]) -> Iterator[Problem]:
    return (problem for problem in problems if problem.severity is Severity.ERROR)


def _count(at: Findings) -> int:
    return sum(1 for _ in _errors(at.problems))


def _place(problem: Problem) -> tuple[str, int, int]:
    return (problem.span.file, problem.span.line, problem.span.column) if problem.span else ("", 0, 0)
