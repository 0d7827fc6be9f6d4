"""What a template may refer to; `text` is the reference as written, with its braces."""

from __future__ import annotations

from typing import TypeAlias

from goflow.values import dataclass


@dataclass(frozen=True, slots=True)
class InputRef:
    """`{{inputs.NAME}}`."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class OutputRef:
    """`{{steps.ID.output}}`."""

    step: str
    text: str


@dataclass(frozen=True, slots=True)
class JsonRef:
    """`{{steps.ID.json.PATH}}`: a part of an output that is JSON, the whole of it where the path is empty.

    It is a reference only where the step has an `output_schema`: `Template.keep_known` makes others text.
    """

    step: str
    path: tuple[str | int, ...]
    text: str


Ref: TypeAlias = InputRef | OutputRef | JsonRef
