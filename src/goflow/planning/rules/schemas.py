"""Rules on what templates read from outputs that are JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.planning.rules.wording import listed
from goflow.planning.schema_paths import Misstep, misstep
from goflow.planning.schemas import schema_of
from goflow.problems import Problem, Severity, shown
from goflow.templating import JsonRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goflow.planning.examined import Examined

_NOUNS: Final = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
}


def paths_lead_somewhere(examined: Examined) -> Iterator[Problem]:
    """Report paths into what the schema of the step does not allow, or does not name."""
    for text in examined.texts:
        for ref in text.braced:
            found = _misstep(examined, ref) if isinstance(ref, JsonRef) else None
            if found is not None and isinstance(ref, JsonRef):
                is_error = not found.is_possible and not text.is_lenient
                index = examined.index_of[ref.step]
                yield Problem(
                    code="GF308" if found.is_possible else "GF307",
                    severity=Severity.ERROR if is_error else Severity.WARNING,
                    message=_message(ref, found),
                    span=examined.place_in(text, ref, part=found.index),
                    help=_hint(examined, ref, found),
                    related=examined.related(
                        ("steps", index, "output_schema"), "what the schema says", key=True
                    ),
                )


def _misstep(examined: Examined, ref: JsonRef) -> Misstep | None:
    schema = schema_of(examined.steps[examined.index_of[ref.step]], examined.bundle)
    return None if schema is None else misstep(schema, ref.path)


def _message(ref: JsonRef, found: Misstep) -> str:
    part = ref.path[found.index]
    read = f"item {part}" if isinstance(part, int) else shown(part)
    output = f"the output of step {shown(ref.step)}"
    whole = (
        f"{shown(_written(ref.path[: found.index]).removeprefix('.'))} in {output}" if found.index else output
    )
    if found.is_possible:
        return f"template reads {read} of {whole}, which its schema does not name"
    types = [_NOUNS.get(name, shown(name)) for name in found.types if name != "null"]
    if types and not found.names:
        return f"template reads {read} of {whole}, which is {' or '.join(types)}"
    return f"template reads {read} of {whole}, which never has it"


def _hint(examined: Examined, ref: JsonRef, found: Misstep) -> str | None:
    part = ref.path[found.index]
    if isinstance(part, int):
        return None
    if found.names:
        told = f"its properties: {listed(found.names)}"
        return examined.suggest(part, found.names) or told
    if "array" in found.types:
        path = (*ref.path[: found.index], 0, *ref.path[found.index :])
        return f"name one of its items, as in `{{{{steps.{ref.step}.json{_written(path)}}}}}`"
    return None


def _written(path: Sequence[str | int]) -> str:
    return "".join([f"[{part}]" if isinstance(part, int) else f".{part}" for part in path])
