"""Cases of test files: found, read, made ready, run and judged."""

from __future__ import annotations

from goflow.api.cases.finding import find_case_files
from goflow.api.cases.reading import CaseFile, read_case_files
from goflow.api.cases.readying import ReadyCase
from goflow.api.cases.running import CaseResult, run_case

__all__ = ["CaseFile", "CaseResult", "ReadyCase", "find_case_files", "read_case_files", "run_case"]
