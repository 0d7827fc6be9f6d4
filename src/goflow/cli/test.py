"""`goflow test`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.flags import Argument, Flag, Kind, Section, pick
from goflow.cli.options import WORKFLOW
from goflow.cli.values import count, one_of
from goflow.cli.verb import Verb
from goflow.errors import UsageError
from goflow.problems import InvalidWorkflow, shown
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.api.cases import CaseFile, ReadyCase
    from goflow.cli.case_report import CaseReport, Tested


class ReportFormat(StrEnum):
    """How the results of cases are printed."""

    TEXT = "text"
    GITHUB = "github"
    JUNIT = "junit"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flags:
    path: tuple[str, ...]
    workflow: str | None
    select: str | None
    seed: str | None
    fail_fast: bool
    format: str | None
    output: str | None
    verbose: bool


def test(values: Mapping[str, Any]) -> int:
    """Run cases and tell of them; return 1 if one of them failed."""
    flags = pick(_Flags, values)
    how = ReportFormat.TEXT if flags.format is None else one_of(ReportFormat, "--format", flags.format)
    report = _report(flags, how)
    files = _files(flags, how)
    _require_free(report, files)
    cases = list(_selected(files, flags.select))
    if not cases:
        raise UsageError(
            f"no case fits {shown(flags.select or '')}", help="`-k` looks for a part of `FILE: NAME`"
        )
    report.begin(files)
    tested = asyncio.run(_run(cases, report, fail_fast=flags.fail_fast))
    report.end(tested, left=len(cases) - len(tested))
    return int(any(each.misses for each in tested))


def _report(flags: _Flags, how: ReportFormat) -> CaseReport:
    from goflow.cli.case_report import CaseReport
    from goflow.cli.result_file import require_writable

    output = None if flags.output is None else Path(flags.output)
    if output is not None:
        require_writable(output)
    return CaseReport(how.value, output=output, is_verbose=flags.verbose)


def _require_free(report: CaseReport, files: Sequence[CaseFile]) -> None:
    """Refuse to write the report over a test file, a workflow, or what either of them names."""
    if report.output is None:
        return
    from goflow.cli.overwriting import require_unread

    cases = [case for file in files for case in file.cases]
    sources = (source.path for case in cases for source in case.prepared.sources)
    require_unread(report.output, (*(case.at.file for case in cases), *sources))


def _files(flags: _Flags, how: ReportFormat) -> Sequence[CaseFile]:
    """Read the test files; mistakes are raised, and told as annotations first where these are wanted."""
    from goflow.api.cases import find_case_files, read_case_files
    from goflow.cli.render import ProblemFormat, render
    from goflow.cli.streams import write_data

    named = flags.path if flags.workflow is None else (*flags.path, flags.workflow)
    seed = None if flags.seed is None else count("--seed", flags.seed)
    try:
        return read_case_files(find_case_files(named), home=Path.home(), seed=seed)
    except InvalidWorkflow as error:
        if how is ReportFormat.GITHUB:
            write_data(render(error.problems, ProblemFormat.GITHUB))
        raise


def _selected(files: Sequence[CaseFile], pattern: str | None) -> Iterator[tuple[str, ReadyCase]]:
    """Yield cases with their files: those whose `FILE: NAME` has the pattern in it, or all."""
    from goflow.backends.mock_script import glob

    wanted = glob(f"*{pattern or ''}*".casefold())
    for file in files:
        for case in file.cases:
            if wanted.fullmatch(f"{file.shown}: {case.name}".casefold()):
                yield file.shown, case


async def _run(
    cases: Sequence[tuple[str, ReadyCase]], report: CaseReport, *, fail_fast: bool
) -> list[Tested]:
    from goflow.api.cases import run_case
    from goflow.cli.case_report import Tested

    tested: list[Tested] = []
    for file, case in cases:
        result = await run_case(case)
        tested.append(Tested(file=file, result=result))
        report.tell(tested[-1])
        if result.misses and fail_fast:
            break
    return tested


VERB: Final = Verb(
    "test",
    test,
    about="Run the cases of `*.test.yaml` files: workflows with stub or recorded answers, and what is "
    "expected of them.\n\n"
    "No model is asked, no tool changes anything, no run folder is made. Exit code 1 if a case failed, 2 if "
    "a file holds mistakes or there is nothing to run.",
    arguments=[
        Argument(
            name="PATH",
            help="Test files, folders that are searched for them with all below, and workflows whose tests "
            "stand beside them; if not given, the current folder.",
            is_list=True,
        )
    ],
    sections=[
        Section(
            title="What is run",
            flags=(
                WORKFLOW,
                Flag(
                    names=("-k", "--select"),
                    value="PATTERN",
                    help="Only the cases with this in `FILE: NAME`; `*` stands for any text.",
                ),
                Flag(
                    names=("--seed",), value="N", help="The seed of `chaos`, in place of that of each case."
                ),
                Flag(names=("--fail-fast",), kind=Kind.SWITCH, help="Stop after the first case that fails."),
            ),
        ),
        Section(
            title="Results",
            flags=(
                Flag(
                    names=("--format",),
                    value="FORMAT",
                    help="text (a line a case), github (annotations) or junit (XML).",
                ),
                Flag(
                    names=("-o", "--output"),
                    value="FILE",
                    help="Write this format to a file; stdout has the text then.",
                ),
                Flag(
                    names=("-v", "--verbose"),
                    kind=Kind.SWITCH,
                    help="Tell of every step, and of the faults that cases met.",
                ),
            ),
        ),
    ],
)
