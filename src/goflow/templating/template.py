"""Templates: parsed once, then rendered in one pass.

{{inputs.NAME}}  {{ steps.ID.output }}   a value
{{steps.ID.json.items[0].name}}          a part of an output that is JSON
${{inputs.NAME}}                         a dollar, then the value
${{ inputs.NAME }}                       text, as another tool's syntax
{{"{{"}}                                 the braces themselves
{{anything else}}                        text, kept apart as `Unparsed`
{{inputs.NAME                            the same: a reference that is not closed
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

from goflow.templating.json_path import MOST_PARTS, PATH, read_path
from goflow.templating.reference import InputRef, JsonRef, OutputRef, Ref
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from goflow.templating.scope import Scope

_BRACES = re.compile(
    r"\{\{(?:(?:"
    r"\s*(?:inputs\.([A-Za-z0-9_-]+)|steps\.([A-Za-z0-9_-]+)\.(?:output|json(" + PATH + r")))\s*"
    r'|"(\{\{|\}\})"'
    r"|[^{}]*"
    r")\}\}|\s*(?:inputs|steps)\.[A-Za-z0-9_.-]+)"
)
"""Groups: an input's name, a step's id, a path into its JSON, escaped braces. Takes linear time, always."""


@dataclass(frozen=True, slots=True)
class Unparsed:
    """Braces that are not a reference, or are not closed, and stay as written."""

    text: str


Part: TypeAlias = str | InputRef | OutputRef | JsonRef | Unparsed


_NO_STEPS: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed text: literal pieces and references in order, and the steps whose outputs it reads."""

    parts: tuple[Part, ...]
    steps: frozenset[str] = _NO_STEPS

    @property
    def refs(self) -> tuple[Ref, ...]:
        """Return the references in the order they stand, repeated ones too."""
        return tuple(part for part in self.parts if isinstance(part, InputRef | OutputRef | JsonRef))

    def keep_known(self, is_known: Callable[[Ref], bool]) -> Template:
        """Return the template with every unknown reference turned into the text it was written as."""
        return _template([_known_or_text(part, is_known) for part in self.parts])

    def render(self, scope: Scope) -> str:
        """Return the text with every reference replaced by its value in `scope`."""
        parts = self.parts
        if len(parts) == 1 and isinstance(parts[0], str):  # as most system prompts are
            return parts[0]
        return "".join([part if isinstance(part, str) else _shown(part, scope) for part in parts])

    def render_inputs(self, inputs: Mapping[str, str]) -> str:
        """Return the text with the inputs that are known filled in; all else stays as it is written."""
        return "".join([_filled_in(part, inputs) for part in self.parts])


def parse(text: str) -> Template:
    """Parse a text; any text is a template."""
    if "{{" not in text:
        return Template((text,) if text else ())
    parts: list[Part] = []
    read: list[str] = []
    end = 0
    for match in _BRACES.finditer(text):
        start = match.start()
        name, step, path, escaped = match.groups()
        if start and text[start - 1] == "$" and not escaped and _has_blanks(match[0]):
            continue
        if start > end:
            parts.append(text[end:start])
        if name:
            parts.append(InputRef(name, match[0]))
        elif step:
            part = OutputRef(step, match[0]) if path is None else _json_ref(step, path, match[0])
            parts.append(part)
            if part.__class__ is not Unparsed:
                read.append(step)
        else:
            parts.append(escaped or Unparsed(match[0]))
        end = match.end()
    if end < len(text):
        parts.append(text[end:])
    return Template(tuple(parts), frozenset(read) if read else _NO_STEPS)


def _json_ref(step: str, path: str, text: str) -> JsonRef | Unparsed:
    parts = read_path(path)
    return JsonRef(step, parts, text) if len(parts) <= MOST_PARTS else Unparsed(text)


def _template(parts: Sequence[Part]) -> Template:
    read = [part.step for part in parts if isinstance(part, OutputRef | JsonRef)]
    return Template(tuple(parts), frozenset(read) if read else _NO_STEPS)


def _has_blanks(braces: str) -> bool:
    return braces[2].isspace() or braces[-3].isspace()


def _known_or_text(part: Part, is_known: Callable[[Ref], bool]) -> Part:
    if isinstance(part, InputRef | OutputRef | JsonRef) and not is_known(part):
        return part.text
    return part


def _filled_in(part: Part, inputs: Mapping[str, str]) -> str:
    match part:
        case str():
            return part
        case InputRef():
            return inputs.get(part.name, part.text)
        case OutputRef() | JsonRef() | Unparsed():
            return part.text
        case _ as unreachable:
            assert_never(unreachable)


def _shown(part: Ref | Unparsed, scope: Scope) -> str:
    match part:
        case Unparsed():
            return part.text
        case InputRef() | OutputRef() | JsonRef():
            return scope.value(part)
        case _ as unreachable:
            assert_never(unreachable)
