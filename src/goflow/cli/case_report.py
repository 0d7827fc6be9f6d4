"""What is said of cases: as they end, and at the end."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from goflow.cli.case_lines import case_lines, sum_line
from goflow.cli.streams import hears_unicode, say, write_data
from goflow.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.api.cases import CaseFile, CaseResult
    from goflow.projections.expectations import Miss


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A case that was run, and the file it is in."""

    file: str
    result: CaseResult

    @property
    def misses(self) -> Sequence[Miss]:
        """Return what was not as expected."""
        return self.result.misses


class CaseReport:
    """Tells of cases on stdout in one format; with a file, that gets the format, and stdout the text."""

    def __init__(self, how: str, *, output: Path | None, is_verbose: bool) -> None:
        self._how = how
        self.output = output
        self._is_verbose = is_verbose
        self._has_lines = how == "text" or output is not None
        self._began = perf_counter()

    def begin(self, files: Sequence[CaseFile]) -> None:
        """Say what is odd in the files, on stderr."""
        warnings = [problem for file in files for problem in file.warnings]
        if warnings:
            from goflow.cli.render import render_text

            say(render_text(warnings, has_unicode=hears_unicode()))

    def tell(self, tested: Tested) -> None:
        """Tell of a case that has just ended."""
        if self._has_lines:
            write_data(case_lines(tested.file, tested.result, is_verbose=self._is_verbose))

    def end(self, tested: Sequence[Tested], *, left: int) -> None:
        """Sum up, and hand over what is told as a whole; `left` cases were not run."""
        line = sum_line([each.result for each in tested], left, seconds=perf_counter() - self._began)
        if self._how != "text" or self.output is not None:
            self._hand_over(self._whole(tested, line))
        if self._has_lines:
            write_data(line)
        else:
            say(line)

    def _whole(self, tested: Sequence[Tested], line: str) -> str:
        match self._how:
            case "junit":
                from goflow.cli.case_junit import junit

                return junit([(each.file, each.result) for each in tested])
            case "github":
                from goflow.cli.case_annotations import annotate

                return annotate([each.result for each in tested])
            case _:
                told = (case_lines(each.file, each.result, is_verbose=self._is_verbose) for each in tested)
                return "".join((*told, line))

    def _hand_over(self, text: str) -> None:
        if self.output is None:
            write_data(text)
            return
        from goflow.cli.result_file import write_results

        write_results(self.output, text)
