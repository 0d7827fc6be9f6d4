"""Python functions as tools, named as `module:name`."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from goflow.tools.base import Arguments, Tool, ToolClass, ToolContext, ToolError, Use
from goflow.tools.foreign_code import foreign_code
from goflow.tools.importing import import_function
from goflow.tools.signatures import Signature, signature_of

if TYPE_CHECKING:
    from goflow.planning.plan import Plan

_SPEC: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w{0,63}", re.ASCII)
"""`module:name`; the name is the tool's for the model, and as long as providers take it."""


def find_function(spec: str, workspace: str) -> Tool:
    """Return the tool that `module:name` is; raise `ToolError` with what is wrong with it.

    The module is imported, which runs its code: only of a folder that is trusted.
    """
    if not is_function(spec):
        raise ToolError(f"`{spec[:200]}` names no function: expected `module:name`")
    module, _, name = spec.partition(":")
    return _tool(spec, signature_of(spec, import_function(module, name, workspace)))


def find_functions(plan: Plan, workspace: str) -> dict[str, Tool]:
    """Return the functions that the plan's agents name; one that is not found says so when it is called."""
    named = (spec for step in plan.steps.values() for spec in step.agent.tools or () if is_function(spec))
    return {spec: _found(spec, workspace) for spec in dict.fromkeys(named)}


def is_function(name: str) -> bool:
    """Return whether a tool's name has the form `module:name`."""
    return _SPEC.fullmatch(name) is not None


def _found(spec: str, workspace: str) -> Tool:
    try:
        return find_function(spec, workspace)
    except ToolError as error:
        complaint = str(error)

    async def complain(arguments: Arguments, context: ToolContext) -> str:
        raise ToolError(complaint)

    return _named(spec, "Not available: the function cannot be loaded.", {"type": "object"}, complain)


def _tool(spec: str, signature: Signature) -> Tool:
    async def use(arguments: Arguments, context: ToolContext) -> str:
        with foreign_code(f"`{spec}` failed"):
            called = signature.bind(arguments)
            result = await (called() if signature.is_async else _in_thread(spec, called))
        with foreign_code(f"`{spec}` returned what cannot be shown as JSON"):
            return result if isinstance(result, str) else _json(result)

    return _named(spec, signature.description, signature.schema, use)


def _named(spec: str, description: str, schema: Mapping[str, Any], use: Use) -> Tool:
    return Tool(
        name=spec,
        kind=ToolClass.RUN,
        description=description,
        parameters=(),
        use=use,
        schema=schema,
        bounds="none of its own; a function that is not asynchronous runs to its end",
    )


async def _in_thread(spec: str, called: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the function returns
    """Return what a function returns, or what that gives once it is awaited; a cancelled one runs on.

    What it raises is caught in the thread: a `StopIteration` could not leave it.
    """

    def work() -> Any:  # noqa: ANN401 - likewise
        with foreign_code(f"`{spec}` failed"):
            return called()

    result = await asyncio.to_thread(work)
    return await result if inspect.isawaitable(result) else result


def _json(result: object) -> str:
    from pydantic_core import to_json

    return to_json(result).decode()
