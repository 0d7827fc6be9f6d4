"""Templates: parsed once, then rendered in one pass.

{{inputs.NAME}}  {{ steps.ID.output }}   a value
${{inputs.NAME}}                         a dollar, then the value
${{ inputs.NAME }}                       text, as another tool's syntax
{{"{{"}}                                 the braces themselves
{{anything else}}                        text, listed in `Template.unparsed`
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from goflow.templating.reference import InputRef, OutputRef, Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from goflow.templating.scope import Scope

_BRACES = re.compile(
    r'(?P<dollar>\$?)\{\{(?:(?P<blank>\s*)(?P<body>[^{}]*?)\s*|"(?P<literal>\{\{|\}\})")\}\}'
)
_REFERENCE = re.compile(r"inputs\.(?P<input>[A-Za-z0-9_-]+)|steps\.(?P<step>[A-Za-z0-9_-]+)\.output")


@dataclass(frozen=True, slots=True)
class Unparsed:
    """Braces that are not a reference, and stay as written."""

    text: str


Part: TypeAlias = str | InputRef | OutputRef | Unparsed


@dataclass(frozen=True)
class Template:
    """A parsed text: literal pieces and references in order."""

    parts: tuple[Part, ...]

    @cached_property
    def refs(self) -> tuple[Ref, ...]:
        """Return the references in the order they stand, repeated ones too."""
        return tuple(part for part in self.parts if isinstance(part, InputRef | OutputRef))

    @cached_property
    def unparsed(self) -> tuple[Unparsed, ...]:
        """Return the braces that are not references."""
        return tuple(part for part in self.parts if isinstance(part, Unparsed))

    @cached_property
    def steps(self) -> frozenset[str]:
        """Return the ids of the steps whose outputs the text reads."""
        return frozenset(ref.step for ref in self.refs if isinstance(ref, OutputRef))

    def keep_known(self, is_known: Callable[[Ref], bool]) -> Template:
        """Return the template with every unknown reference turned into the text it was written as."""
        return Template(tuple(_known_or_text(part, is_known) for part in self.parts))

    def render(self, scope: Scope) -> str:
        """Return the text with every reference replaced by its value in `scope`."""
        return "".join([part if isinstance(part, str) else _shown(part, scope) for part in self.parts])


def parse(text: str) -> Template:
    """Parse a text; any text is a template."""
    if "{{" not in text:
        return Template((text,) if text else ())
    return Template(tuple(part for part in _pieces(text) if part != ""))


def _pieces(text: str) -> Iterator[Part]:
    end = 0
    for match in _BRACES.finditer(text):
        yield text[end : match.start()]
        yield from _piece(match)
        end = match.end()
    yield text[end:]


def _piece(match: re.Match[str]) -> Iterator[Part]:
    if match["literal"]:
        yield match["dollar"] + match["literal"]
        return
    written = match[0][len(match["dollar"]) :]
    if match["dollar"] and written != "{{" + match["body"] + "}}":
        yield match[0]
        return
    yield match["dollar"]
    reference = _REFERENCE.fullmatch(match["body"])
    if reference is None:
        yield Unparsed(written)
    elif reference["input"]:
        yield InputRef(reference["input"], written)
    else:
        yield OutputRef(reference["step"], written)


def _known_or_text(part: Part, is_known: Callable[[Ref], bool]) -> Part:
    if isinstance(part, InputRef | OutputRef) and not is_known(part):
        return part.text
    return part


def _shown(part: Part, scope: Scope) -> str:
    match part:
        case str():
            return part
        case Unparsed():
            return part.text
        case InputRef() | OutputRef():
            return scope.value(part)
