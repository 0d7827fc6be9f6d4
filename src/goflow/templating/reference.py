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


Ref: TypeAlias = InputRef | OutputRef
