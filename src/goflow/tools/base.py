"""The seam to a tool: what it is called, what it takes, what it may touch, and how it is used."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.tools.confinement import Confinement


class ToolClass(StrEnum):
    """What a tool can do to the world, by which it is allowed, asked about or denied."""

    READ = "read"
    """Looks at files below the workspace."""
    WRITE = "write"
    """Changes files below the workspace."""
    RUN = "run"
    """Runs a command or a function, which can do anything that its sandbox lets it."""
    WEB = "web"
    """Fetches from public addresses."""
    TALK = "talk"
    """Speaks with people, with other agents through the memory, or with itself."""


class ParameterType(StrEnum):
    """The type of an argument, as JSON has it."""

    TEXT = "string"
    WHOLE = "integer"
    FLAG = "boolean"
    TEXTS = "texts"
    """A list of strings."""
    OBJECTS = "objects"
    """A list of objects, each with the `fields` of the parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """An argument of a tool; `aliases` are names that models know it by from other programs."""

    name: str
    type: ParameterType
    description: str
    is_required: bool = False
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    fields: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """What a model asks for: the name it was offered, and the arguments as JSON."""

    id: str
    name: str
    arguments: str
    was_cut_off: bool = False
    """Whether an earlier owner of the run may have made it already."""


class ToolError(Exception):
    """A call that came to nothing: its message is what the model is told, in place of a result."""


Arguments: TypeAlias = Mapping[str, Any]
"""Arguments by the parameters' own names, each of its parameter's type; optional ones may be missing."""


class ToolPorts(Protocol):
    """What a tool may ask of its run."""

    async def ask(self, question: str, choices: tuple[str, ...] = (), *, key: str = "") -> str:
        """Return a person's answer; `key` names the question again after a resume."""
        ...

    def read_memory(self) -> str:
        """Return the shared memory as it stands."""
        ...

    async def write_memory(self, text: str) -> None:
        """Add an entry to the shared memory; it is durable before anything that is recorded after it."""
        ...


class CallRules(Protocol):
    """What rules say of files and addresses that a tool meets on its way."""

    def hides(self, path: str) -> bool:
        """Whether a rule denies reading a file; its path is relative to the workspace, or absolute."""
        ...

    def may_fetch(self, url: str) -> bool:
        """Whether an address, perhaps one that another has led to, may be fetched unasked."""
        ...


class _NoRules:
    def hides(self, path: str) -> bool:
        return False

    def may_fetch(self, url: str) -> bool:
        return True


NO_RULES: Final[CallRules] = _NoRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """What a call works in. All paths are absolute and real (no links in them)."""

    workspace: str
    """The folder that file tools stay in, and that commands start in."""
    extra_dirs: tuple[str, ...] = ()
    """More folders that file tools may read and write."""
    protected: tuple[str, ...] = ()
    """Files and folders below those that may be read and never written: the run folders."""
    confinement: Confinement | None = None
    """How commands are confined; None where they are not."""
    network: bool = False
    """Whether confined commands may use the network."""
    rules: CallRules = field(default_factory=lambda: NO_RULES)
    """What the rules say of what turns up while a tool is used."""
    environ: Mapping[str, str]
    """The variables that commands see."""
    ports: ToolPorts
    call_id: str = ""
    """The model's own name for the call, the same after a resume."""

    def of_call(self, call_id: str) -> ToolContext:
        """Return the context of one call."""
        return replace(self, call_id=call_id)


Use: TypeAlias = Callable[[Arguments, ToolContext], Awaitable[str]]
"""Does the work and returns what the model is told; raises `ToolError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One implementation; the other names under which people write it are in `goflow.workflow.tool_names`.

    `subject` is the name of the parameter that says what the call is about (a path, a command, an address):
    permission patterns are held against it.
    """

    name: str
    kind: ToolClass
    description: str
    parameters: tuple[Parameter, ...]
    use: Use
    subject: str | None = None
    bounds: str = ""
    """The bounds of the tool, for the table in the documentation."""
    schema: Mapping[str, Any] | None = None
    """The JSON Schema of arguments that `parameters` cannot express; `use` then checks them itself."""

    def json_schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema of the arguments."""
        return json_schema(self.parameters) if self.schema is None else self.schema

    def read(self, given: object) -> Arguments:
        """Return the arguments by the parameters' names; raise `ToolError` with every complaint."""
        if self.schema is None:
            return read_arguments(given, self.parameters)
        if not isinstance(given, Mapping):
            raise ToolError(f"the arguments: expected an object, got {_kind(given)}")
        return given


MOST_RESULT_CHARS: Final = 40_000
"""What a model is told of one call; the rest is cut with a note."""


def json_schema(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Return the JSON Schema of a tool's arguments."""
    return {
        "type": "object",
        "properties": {each.name: _schema_of(each) for each in parameters},
        "required": [each.name for each in parameters if each.is_required],
        "additionalProperties": False,
    }


def _schema_of(parameter: Parameter) -> dict[str, Any]:
    described = {"description": parameter.description}
    match parameter.type:
        case ParameterType.TEXTS:
            return {"type": "array", "items": {"type": "string"}, **described}
        case ParameterType.OBJECTS:
            return {"type": "array", "items": json_schema(parameter.fields), **described}
        case _ if parameter.choices:
            return {"type": parameter.type.value, "enum": list(parameter.choices), **described}
        case _:
            return {"type": parameter.type.value, **described}


def read_arguments(given: object, parameters: Sequence[Parameter], *, where: str = "") -> dict[str, Any]:
    """Return arguments by the parameters' names; raise `ToolError` with every complaint at once.

    Arguments that no parameter has are passed over: models add some of other programs' tools.
    """
    if not isinstance(given, Mapping):
        raise ToolError(f"{where or 'the arguments'}: expected an object, got {_kind(given)}")
    found: dict[str, Any] = {}
    complaints: list[str] = []
    for parameter in parameters:
        name = next((name for name in (parameter.name, *parameter.aliases) if name in given), None)
        value = None if name is None else given[name]
        if value is None:
            if parameter.is_required:
                complaints.append(f"{where}`{parameter.name}` is missing")
            continue
        try:
            found[parameter.name] = _read(value, parameter, f"{where}`{parameter.name}`")
        except ToolError as error:
            complaints.append(str(error))
    if complaints:
        raise ToolError("; ".join(complaints))
    return found


def _read(value: object, parameter: Parameter, where: str) -> Any:  # noqa: ANN401 - of the parameter's type
    match parameter.type, value:
        case ParameterType.TEXT, str():
            if parameter.choices and value not in parameter.choices:
                raise ToolError(f"{where} is {value[:40]!r}, not one of {', '.join(parameter.choices)}")
            return value
        case ParameterType.FLAG, bool():
            return value
        case ParameterType.WHOLE, int() if not isinstance(value, bool):
            return value
        case ParameterType.WHOLE, float() if value.is_integer():
            return int(value)
        case ParameterType.TEXTS, list() if all(isinstance(item, str) for item in value):
            return value
        case ParameterType.OBJECTS, list():
            return [
                read_arguments(item, parameter.fields, where=f"{where}[{index}] ")
                for index, item in enumerate(value)
            ]
        case _:
            raise ToolError(f"{where}: expected {_NOUNS[parameter.type]}, got {_kind(value)}")


_NOUNS: Final = {
    ParameterType.TEXT: "a string",
    ParameterType.WHOLE: "a whole number",
    ParameterType.FLAG: "true or false",
    ParameterType.TEXTS: "a list of strings",
    ParameterType.OBJECTS: "a list of objects",
}
_KINDS: Final = {str: "a string", bool: "true or false", int: "a number", float: "a number", list: "a list"}


def _kind(value: object) -> str:
    return "null" if value is None else _KINDS.get(type(value), "an object")
