"""Write `docs/reference/events.md` from the facts themselves: `python docs/write_events_reference.py`."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from enum import StrEnum
from pathlib import Path
from types import NoneType
from typing import Any, Final, cast, get_args, get_type_hints

from goflow.events import (
    WIRE_NAMES,
    Failure,
    FailureKind,
    RunStatus,
    SecretInput,
    SourceRecord,
    StopReason,
    TimerKind,
    Usage,
)
from goflow.planning.options import RunOptions
from goflow.workflow import Budget

PAGE: Final = Path(__file__).parent / "reference" / "events.md"

PARTS: Final = (Failure, Usage, SourceRecord, SecretInput, RunOptions, Budget)
WORDS: Final = (RunStatus, FailureKind, StopReason, TimerKind)

_HEAD: Final = """# Events

<!-- Written by docs/write_events_reference.py; change the docstrings in src/goflow/events/. -->

A run is a list of events. `events.jsonl` in the run folder keeps them, one JSON object a line, and
`goflow run --json` prints the same lines on stdout. The terminal, the run folder and `goflow graph RUN` show
nothing that is not in them.

Every line has `v` (the version of the format, 1), `seq` (counts from 1 without gaps), `ts` (UTC, with
milliseconds), `type` and `run` (the run's id), then the fields of its type. A field at its default is left
out. Readers must ignore types and fields that they do not know; a name never changes its meaning. In the file
the last line of each batch also has `crc`, the CRC-32 of the batch up to there; a batch without one was cut
off. There, a text of more than 65,536 characters is `{"blob": "sha256:…", "chars": 70000}`, and stands in the
file of that name in `blobs/`.

Pieces of text, as models stream them, are no events: they stand in each step's `stream.jsonl` (see
[the run folder](run-folder.md)). Secrets are masked before an event is made.

"""


def events_reference() -> str:
    """Return the page."""
    sections = [
        *(_section(f"`{name}`", fact) for fact, name in WIRE_NAMES.items()),
        "## Objects in fields\n",
        *(_section(part.__name__, part, level=3) for part in PARTS),
        "## Words\n",
        *map(_word_section, WORDS),
    ]
    return _HEAD + "\n".join(sections)


def _section(title: str, kind: type[Any], *, level: int = 2) -> str:
    rows = "".join(
        f"| `{field.name}` | {_shown_type(kind, field)} | {text} |\n" for field, text in _words(kind)
    )
    about = inspect.cleandoc(kind.__doc__ or "")
    return f"{'#' * level} {title}\n\n{about}\n\n| field | type | |\n|---|---|---|\n{rows}"


def _word_section(kind: type[StrEnum]) -> str:
    members = iter(kind)
    rows = "".join(
        f"| `{member.value}` | {text} |\n" for member, text in zip(members, _texts(kind), strict=True)
    )
    return f"### {kind.__name__}\n\n{inspect.cleandoc(kind.__doc__ or '')}\n\n| word | |\n|---|---|\n{rows}"


def _words(kind: type[Any]) -> Iterator[tuple[Field[Any], str]]:
    return zip(fields(kind), _texts(kind), strict=True)


def _texts(kind: type[Any]) -> list[str]:
    """Return the texts that stand below the fields of a class."""
    definition = cast("ast.ClassDef", ast.parse(inspect.getsource(kind)).body[0])
    return [
        below.value.value
        for field, below in zip(definition.body, definition.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign | ast.Assign)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    ]


def _shown_type(kind: type[Any], field: Field[Any]) -> str:
    is_optional = field.default is not MISSING or field.default_factory is not MISSING
    shown = _json_type(get_type_hints(kind)[field.name])
    return f"{shown}, optional" if is_optional else shown


def _json_type(hint: Any) -> str:  # noqa: ANN401 - a type hint is anything
    plain = {str: "text", int: "integer", float: "number", bool: "boolean", NoneType: "null"}
    if hint in plain:
        return plain[hint]
    arguments = get_args(hint)
    if NoneType in arguments:
        return " or ".join(map(_json_type, arguments))
    if arguments and arguments[-1] is Ellipsis:
        return f"list of {_json_type(arguments[0])}"
    if arguments:
        return f"object of {_json_type(arguments[1])}s"
    return f"[{hint.__name__}](#{hint.__name__.lower()})"


if __name__ == "__main__":
    PAGE.write_text(events_reference(), encoding="utf-8")
