"""`goflow validate`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from goflow.cli.flags import Argument, Flag, Kind, Section, pick
from goflow.cli.options import WORKFLOW
from goflow.cli.render import ProblemFormat, render, render_text
from goflow.cli.streams import shows_unicode, write_data
from goflow.cli.values import one_of
from goflow.cli.verb import Verb
from goflow.problems import Problem, Severity, Span, count_of, shown
from goflow.reporters.sanitize import sanitize_line
from goflow.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flags:
    path: tuple[str, ...]
    workflow: str | None
    format: str | None
    strict: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A workflow file."""

    file: str
    problems: tuple[Problem, ...]
    """Those of the file, and of the files it names."""
    untold: tuple[Problem, ...]
    """Those that no file before it has too."""
    is_found: bool = True
    """Whether there is such a file; a folder without workflows stands here too, under its own name."""

    def count(self, severity: Severity) -> int:
        """Return how many problems of a kind there are."""
        return sum(problem.severity is severity for problem in self.problems)


def validate(values: Mapping[str, Any]) -> int:
    """Print what is wrong with workflow files; return 1 if there is a mistake."""
    flags = pick(_Flags, values)
    how = ProblemFormat.TEXT if flags.format is None else one_of(ProblemFormat, "--format", flags.format)
    named = flags.path if flags.workflow is None else (*flags.path, flags.workflow)
    checked = check_files(named, home=Path.home(), is_strict=flags.strict)
    write_data(told(checked, how, has_unicode=shows_unicode()))
    if not all(each.is_found for each in checked):
        return 2
    return int(any(each.count(Severity.ERROR) for each in checked))


def check_files(named: Sequence[str], *, home: Path | None = None, is_strict: bool = False) -> list[Checked]:
    """Check files, and the workflows of folders; no name means the current folder."""
    checked: list[Checked] = []
    # An agent file is read for every workflow that may use it.
    seen: set[Problem] = set()
    for file in {str(file): None for name in named or ["."] for file in _find(name)}:
        problems = _check(file, home)
        if is_strict:
            problems = tuple(replace(problem, severity=Severity.ERROR) for problem in problems)
        untold = tuple(problem for problem in problems if problem not in seen)
        seen.update(untold)
        checked.append(Checked(file=file, problems=problems, untold=untold, is_found=Path(file).is_file()))
    return checked


def _find(name: str) -> list[Path]:
    """Return a file, or the workflows of a folder; a folder without any stands for itself."""
    from goflow.loader.workflow_files import find_workflows

    path = Path(name)
    return find_workflows(path) or [path]


def _check(file: str, home: Path | None) -> tuple[Problem, ...]:
    from goflow.loader.load import load_bundle
    from goflow.planning.checks import check

    if Path(file).is_dir():
        told = "a workflow is a YAML file with `steps:`"
        return (Problem(code="GF003", message=f"no workflows in {shown(file)}", help=told),)
    return check(load_bundle(file, cwd=Path.cwd(), home=home))


def told(checked: Sequence[Checked], how: ProblemFormat, *, has_unicode: bool = True) -> str:
    """Return what is said of files: for people, with a line for each file that counts its problems."""
    if how is not ProblemFormat.TEXT:
        return render([_placed(problem, each.file) for each in checked for problem in each.untold], how)
    return "\n".join(_in_text(checked, has_unicode=has_unicode)) + "\n"


def _placed(problem: Problem, file: str) -> Problem:
    """Put what is wrong with a whole file at its beginning: programs look for a problem by its place."""
    return replace(problem, span=problem.span or Span(file=file, line=1, column=1))


def _in_text(checked: Sequence[Checked], *, has_unicode: bool) -> Iterator[str]:
    for index, each in enumerate(checked):
        if index and each.untold:
            yield ""
        summary = _summary(each, has_unicode=has_unicode)
        yield render_text(each.untold, has_unicode=has_unicode) + summary


def _summary(checked: Checked, *, has_unicode: bool) -> str:
    counts = [(checked.count(severity), severity.value) for severity in Severity]
    words = ", ".join(count_of(count, word) for count, word in counts if count)
    good, bad = ("✓", "✗") if has_unicode else ("ok", "x")
    line = f"{bad if checked.count(Severity.ERROR) else good} {sanitize_line(checked.file)}"
    return f"{line}: {words}" if words else line


VERB: Final = Verb(
    "validate",
    validate,
    about="Check workflow files, without running anything: every mistake at once, with its place.\n\n"
    "Exit code 1 if there is a mistake, 2 if a path does not exist or holds no workflow.",
    arguments=[
        Argument(
            name="PATH",
            help="Files, and folders whose workflows are checked; if not given, the current folder.",
            is_list=True,
        )
    ],
    sections=[
        Section(
            title="What is checked",
            flags=(
                WORKFLOW,
                Flag(names=("--strict",), kind=Kind.SWITCH, help="Take warnings for mistakes."),
            ),
        ),
        Section(
            title="Results",
            flags=(
                Flag(
                    names=("--format",),
                    value="FORMAT",
                    help="text (with the lines of the file), concise (a line each, for editors), json (one "
                    "array) or github (annotations).",
                ),
            ),
        ),
    ],
)
