"""Where the values of references come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from goflow.templating.json_path import json_text
from goflow.templating.reference import InputRef, JsonRef, OutputRef, Ref
from goflow.templating.truncation import Truncate, truncate
from goflow.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The values a template may read; `bound` applies to outputs alone.

    A reference that has no value here cannot occur: plans are checked, and `Template.keep_known` has turned
    unknown references into text. A step without an output (skipped, failed) reads as the empty string.
    """

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    bound: Truncate | None = None

    def value(self, ref: Ref) -> str:
        """Return what stands in place of `ref`."""
        match ref:
            case InputRef():
                return self.inputs[ref.name]
            case OutputRef():
                return truncate(self.outputs.get(ref.step, ""), self.bound)
            case JsonRef():
                return truncate(json_text(self.outputs.get(ref.step, ""), ref.path), self.bound)
            case _ as unreachable:
                assert_never(unreachable)
