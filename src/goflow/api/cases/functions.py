"""What only other people's code can judge: schemas, and the functions of whoever wrote the cases."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from goflow.backends.structured import Invalid, Validator
from goflow.problems import shown
from goflow.tools.base import ToolError
from goflow.tools.foreign_code import foreign_code
from goflow.tools.importing import import_function
from goflow.workflow.case import Check, Foreign, OutputIs, Passes, PrintedIs, PromptIs, Satisfies

if TYPE_CHECKING:
    from goflow.loader.findings import Findings
    from goflow.tools.importing import Function


def check_functions(at: Findings, checks: Iterable[Check]) -> None:
    """Import the functions that cases name, and report those that cannot be had."""
    for check in checks:
        if isinstance(check, PromptIs | OutputIs | PrintedIs) and isinstance(check.check, Passes):
            try:
                with _apart():
                    _function(check.check)
            except ToolError as error:
                at.error("GF708", str(error), check.check.at, help="modules beside the test file are found")


def _function(check: Passes) -> Function:
    module, _, name = check.function.partition(":")
    return import_function(module, name, str(Path(check.folder).absolute()))


def judge(check: Foreign, text: str) -> str | None:
    """Return what a schema or a function says against a text."""
    match check:
        case Satisfies(schema=schema):
            verdict = Validator(schema).check(text)
            return verdict.complaint if isinstance(verdict, Invalid) else None
        case Passes():
            with _apart():
                return _asked(check, text)
        case _ as unreachable:
            assert_never(unreachable)


def _apart() -> AbstractContextManager[object]:
    """Let what a function prints go to stderr: stdout is for the report."""
    return redirect_stdout(sys.stderr)


def _asked(check: Passes, text: str) -> str | None:
    """Ask a function: a text that it returns is its complaint, and so is what it asserts."""
    try:
        with foreign_code(f"`{check.function}` failed"):
            said, asserted = _call(check, text)
    except ToolError as error:
        return str(error)
    if asserted is not None or isinstance(said, str):
        return str(said if asserted is None else asserted) or "the function gives no reason"
    return _untrue(check, said)


def _call(check: Passes, text: str) -> tuple[object, str | None]:
    try:
        return _function(check)(text), None
    except AssertionError as error:
        return None, str(error)


def _untrue(check: Passes, said: object) -> str | None:
    """Return what to say of a result that is not true."""
    try:
        with foreign_code(f"`{check.function}` returned what is neither true nor false"):
            told = f"it returned {shown(repr(said))}; what is true says that the text is right"
            return None if said else told
    except ToolError as error:
        return str(error)
