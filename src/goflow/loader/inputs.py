"""The values a run is given: `key=value`, `key=@file`, and a file of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.errors import UsageError
from goflow.loader.decode import texts_by_name
from goflow.loader.decoded_text import decode_text
from goflow.loader.findings import Findings
from goflow.loader.paths import absolute
from goflow.loader.reader import MEGABYTE, DiskReader, Unreadable
from goflow.loader.sources import Sources
from goflow.loader.yaml_nodes import compose
from goflow.problems import InvalidWorkflow, Problem, Severity, shown, suggest
from goflow.values import dataclass
from goflow.workflow import Bundle, SourceFile, SourceRole, Workflow

if TYPE_CHECKING:
    from goflow.loader.reader import Reader
    from goflow.loader.source_text import SourceText

INPUT_LIMIT = 32 * MEGABYTE

_FORM = "write `--inputs NAME=VALUE`, or `--inputs NAME=@FILE`"
_RELATIVE = "a value that begins with `@` names a file, relative to the workflow file"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenInputs:
    """Values by name, before defaults; the files they came from, but none that holds a secret."""

    values: Mapping[str, str]
    sources: tuple[SourceFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Warnings: inputs that the workflow does not declare."""


def read_inputs(
    bundle: Bundle,
    pairs: Iterable[str] = (),
    *,
    input_file: str | None = None,
    cwd: Path,
    reader: Reader | None = None,
) -> GivenInputs:
    """Return the values given; those of `pairs` win. Raise UsageError for what cannot be read.

    `@file` is relative to the workflow file, `input_file` to the current folder.
    """
    intake = _Intake(bundle, reader or DiskReader())
    values = {} if input_file is None else intake.input_file(input_file, cwd)
    for name, value in written_inputs(pairs):
        values[name] = intake.named_file(name, value[1:]) if value.startswith("@") else value
    return GivenInputs(
        values=values,
        sources=tuple(intake.sources.files.values()),
        problems=tuple(_undeclared(bundle.workflow, values)),
    )


def written_inputs(pairs: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield names and values as they are written; raise UsageError for what is no `NAME=VALUE`."""
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals or value == "@":
            raise UsageError(f"{shown(pair)} gives no value to an input", help=_FORM)
        if not _is_encodable(pair):
            raise UsageError(f"the value of the input {shown(name)} is not UTF-8", help=_FORM)
        yield name, value


def read_input(name: str, path: Path, written: str, reader: Reader) -> tuple[bytes, SourceText]:
    """Return the content of `NAME=@written`, which is the file `path`, as bytes and as text."""
    what = f"the file {shown(written)} of the input {shown(name)}"
    return _read(reader, path, written, what=what, told=_RELATIVE)


def complete_inputs(workflow: Workflow, given: Mapping[str, str]) -> dict[str, str]:
    """Return the values with defaults filled in; raise UsageError for all that have neither."""
    defaults = {name: spec.default for name, spec in workflow.inputs.items() if spec.default is not None}
    missing = [name for name in workflow.inputs if name not in given and name not in defaults]
    if missing:
        told = " ".join(f"--inputs {name}=VALUE" for name in missing)
        raise UsageError(f"missing required input: {', '.join(missing)}", help=f"add `{told}`")
    return {**defaults, **given}


class _Intake:
    """Reads the files that values come from, and keeps those that hold no secret as sources."""

    def __init__(self, bundle: Bundle, reader: Reader) -> None:
        self._folder = Path(bundle.path).parent
        self._secrets = {name for name, spec in bundle.workflow.inputs.items() if spec.secret}
        self._reader = reader
        self.sources = Sources()

    def named_file(self, name: str, written: str) -> str:
        """Return the text of `NAME=@written`."""
        path = absolute(written, self._folder)
        content, source = read_input(name, path, written, self._reader)
        if name not in self._secrets:
            self.sources.add(SourceRole.INPUT, path, content)
        return source.text

    def input_file(self, written: str, cwd: Path) -> dict[str, str]:
        """Return the values of a YAML or JSON file."""
        path = absolute(written, cwd)
        told = "it is relative to the current folder"
        what = f"the input file {shown(written)}"
        content, source = _read(self._reader, path, written, what=what, told=told)
        values = _values(source)
        if self._secrets.isdisjoint(values):
            self.sources.add(SourceRole.INPUT, path, content)
        return values


def _read(reader: Reader, path: Path, written: str, *, what: str, told: str) -> tuple[bytes, SourceText]:
    try:
        content = reader.read(path, limit=INPUT_LIMIT)
    except Unreadable as error:
        raise UsageError(f"{what} {error.reason}", help=told) from error
    source = decode_text(content, written)
    if isinstance(source, Problem):
        raise UsageError(f"{what} is {source.message}", help=source.help)
    return content, source


def _values(source: SourceText) -> dict[str, str]:
    at = Findings(source)
    root = compose(at)
    values = None if root is None else texts_by_name(at, root)
    if at.problems:
        values = _json_values(source.text)
        if values is None:
            raise InvalidWorkflow(f"the input file {shown(source.shown)} holds mistakes", tuple(at.problems))
    return values or {}


def _json_values(text: str) -> dict[str, str] | None:
    """Return texts from JSON that YAML does not read: it may write one character as two escapes."""
    try:
        found = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        return None
    return found if all(map(_is_encodable, found.values())) else None


def _is_encodable(text: str) -> bool:
    """Say whether a text is free of half characters, which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _undeclared(workflow: Workflow, values: Iterable[str]) -> Iterator[Problem]:
    for name in values:
        if name not in workflow.inputs:
            message = f"the workflow declares no input {shown(name)}"
            told = suggest(name, workflow.inputs)
            yield Problem(code="GF130", message=message, severity=Severity.WARNING, help=told)
