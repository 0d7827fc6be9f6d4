"""Text with references, and tests of an output. One pass: what is inserted is never expanded again."""

from __future__ import annotations

from goflow.templating.condition import unmet_reason
from goflow.templating.reference import InputRef, OutputRef, Ref
from goflow.templating.scope import Scope
from goflow.templating.template import Template, Unparsed, parse
from goflow.templating.truncation import truncate

__all__ = [
    "InputRef",
    "OutputRef",
    "Ref",
    "Scope",
    "Template",
    "Unparsed",
    "parse",
    "truncate",
    "unmet_reason",
]
