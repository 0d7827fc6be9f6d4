"""Text with references, and tests of an output. One pass: what is inserted is never expanded again."""

from __future__ import annotations

from goflow.templating.condition import Condition, unmet_reason
from goflow.templating.reference import InputRef, JsonRef, OutputRef, Ref
from goflow.templating.scope import Scope
from goflow.templating.template import Template, Unparsed, parse
from goflow.templating.truncation import Truncate, TruncateStrategy, truncate

__all__ = [
    "Condition",
    "InputRef",
    "JsonRef",
    "OutputRef",
    "Ref",
    "Scope",
    "Template",
    "Truncate",
    "TruncateStrategy",
    "Unparsed",
    "parse",
    "truncate",
    "unmet_reason",
]
