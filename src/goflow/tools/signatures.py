"""What a function takes, as a model is told of it and as its arguments are checked."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from goflow.tools.base import Arguments, ToolError
from goflow.tools.foreign_code import foreign_code
from goflow.tools.importing import Function
from goflow.values import dataclass

if TYPE_CHECKING:
    from pydantic import ValidationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A function as a tool: its annotations are the schema, its docstring says what each argument means."""

    description: str
    schema: Mapping[str, Any]
    is_async: bool
    bind: Callable[[Arguments], Callable[[], Any]]
    """Returns the call with the arguments, checked and of the types that the function asks for."""


def signature_of(spec: str, function: Function) -> Signature:
    """Return the signature of a function; raise `ToolError` where it cannot be a tool."""
    from pydantic_ai import Tool

    with foreign_code(f"`{spec}` cannot be a tool"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it returns, which is written as JSON whatever its type
        read = Tool(function, takes_ctx=False).function_schema
    positional, rest = tuple(read.positional_fields), read.var_positional_field

    def bind(arguments: Arguments) -> Callable[[], Any]:
        named = _checked(read.validator.validate_json, arguments)
        placed = [named.pop(name) for name in positional] + list(named.pop(rest, ()) if rest else ())
        return partial(function, *placed, **named)

    description = read.description or f"Call the function `{spec}`."
    return Signature(description=description, schema=read.json_schema, is_async=read.is_async, bind=bind)


def _checked(validate: Callable[[str], dict[str, Any]], arguments: Arguments) -> dict[str, Any]:
    from pydantic import ValidationError

    try:
        return validate(json.dumps(arguments))
    except ValidationError as error:
        raise ToolError("; ".join(_complaints(error))) from error


def _complaints(error: ValidationError) -> list[str]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [f"`{'.'.join(str(part) for part in each['loc'])}`: {each['msg']}" for each in found]
