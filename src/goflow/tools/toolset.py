"""The tools of one attempt: what the model is offered, and what comes of each call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol, assert_never

from goflow.events import MASK, AnyAttemptFact, ToolCalled, ToolReturned
from goflow.tools.base import (
    MOST_RESULT_CHARS,
    Arguments,
    Tool,
    ToolCall,
    ToolClass,
    ToolContext,
    ToolError,
    ToolPorts,
)
from goflow.tools.permissions import Decision
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.tools.permissions import Verdict

APPROVALS: Final = ("allow", "allow from now on", "deny")
"""What a person can say to a call: once, or for all calls of the run that are about the same."""

_ONE_AFTER_ANOTHER: Final = frozenset({ToolClass.WRITE, ToolClass.RUN})


class CallPorts(ToolPorts, Protocol):
    """What the calls of an attempt ask of its run."""

    async def approve(self, question: str, choices: tuple[str, ...], *, key: str) -> str:
        """Return what a person says to a call."""
        ...

    def approval(self, question: str, *, key: str) -> str:
        """Return what was said to a call before, the empty text where nobody has been asked."""
        ...

    async def record(self, fact: AnyAttemptFact) -> AnyAttemptFact:
        """Return the fact as it is kept, when it is durable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The attempt that calls."""

    step: str
    attempt: int
    agent: str


class Judge(Protocol):
    """Decides whether a call may be made, and remembers what people have said."""

    def judge(self, tool: Tool, name: str, subjects: Sequence[str]) -> Verdict:
        """Return what the rules say of a call under the name that the model used, about all its subjects."""
        ...

    def remember(self, tool: Tool, subjects: Sequence[str]) -> None:
        """Allow calls about the same from now on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolset:
    """The tools of one attempt, by the names that the model is offered."""

    tools: Mapping[str, Tool]
    judge: Judge
    context: ToolContext
    caller: Caller
    ports: CallPorts

    def is_sequential(self, calls: Sequence[ToolCall]) -> bool:
        """Whether the calls must be made one after another: some of them change something."""
        found = (self.tools.get(call.name) for call in calls)
        return any(tool is not None and tool.kind in _ONE_AFTER_ANOTHER for tool in found)

    async def call(self, call: ToolCall) -> ToolReturned:
        """Make a call and return what the model is told; no failure of a tool escapes."""
        caller = self.caller
        step, attempt, arguments = caller.step, caller.attempt, call.arguments
        called = ToolCalled(step=step, attempt=attempt, call_id=call.id, tool=call.name, arguments=arguments)
        await self.ports.record(called)
        try:
            result, is_error = bounded(await self._use(call)), False
        except ToolError as error:
            result, is_error = bounded(str(error)), True
        returned = ToolReturned(
            step=step, attempt=attempt, call_id=call.id, tool=call.name, result=result, is_error=is_error
        )
        return await self.ports.record(returned)

    async def _use(self, call: ToolCall) -> str:
        tool = self.tools.get(call.name)
        if tool is None:
            known = ", ".join(f"`{name}`" for name in self.tools) or "none"
            raise ToolError(f"there is no tool `{call.name[:80]}`; tools: {known}")
        if call.was_cut_off and MASK in call.arguments:
            raise ToolError(
                "the call was cut off, and its arguments held a secret, which is not kept: call again"
            )
        arguments = _arguments(tool, call.arguments)
        await self._require_permission(tool, _subjects(tool, arguments), call)
        return await tool.use(arguments, self.context.of_call(call.id))

    async def _require_permission(self, tool: Tool, subjects: Sequence[str], call: ToolCall) -> None:
        verdict = self.judge.judge(tool, call.name, subjects)
        match verdict.decision:
            case Decision.ALLOW:
                return
            case Decision.DENY if verdict.lacks_person and self._was_allowed(subjects, call):
                return
            case Decision.DENY:
                raise ToolError(f"not allowed: {verdict.reason}")
            case Decision.ASK:
                await self._ask(tool, subjects, call)
            case _ as unreachable:
                assert_never(unreachable)

    def _was_allowed(self, subjects: Sequence[str], call: ToolCall) -> bool:
        """Whether somebody has allowed this very call, while the run was stopped or since."""
        return self.ports.approval(self._wants(subjects, call), key=call.id) in APPROVALS[:2]

    async def _ask(self, tool: Tool, subjects: Sequence[str], call: ToolCall) -> None:
        said = await self.ports.approve(self._wants(subjects, call), APPROVALS, key=call.id)
        if said == APPROVALS[1]:
            self.judge.remember(tool, subjects)
        elif said != APPROVALS[0]:
            raise ToolError("not allowed: the call was refused by a person" if said else _NOBODY)

    def _wants(self, subjects: Sequence[str], call: ToolCall) -> str:
        about = "\n".join(subject for subject in subjects if subject) or call.arguments
        return f"agent {self.caller.agent} wants to use {call.name}:\n{about}"


_NOBODY: Final = "not allowed: nobody was there to allow the call"


def _arguments(tool: Tool, written: str) -> Arguments:
    try:
        given = json.loads(written or "{}")
    except (ValueError, RecursionError) as error:
        raise ToolError(f"the arguments are not JSON: {error}") from error
    return tool.read(given)


def _subjects(tool: Tool, arguments: Arguments) -> tuple[str, ...]:
    """Return all that a call is about, its own subject and those of the objects in a list."""
    if tool.subject is None:
        return ("",)
    found = [arguments.get(tool.subject, ""), *arguments.get(f"{tool.subject}s", ())]
    for value in arguments.values():
        if isinstance(value, list):
            found += [item.get(tool.subject, "") for item in value if isinstance(item, dict)]
    return tuple(dict.fromkeys(subject for subject in found if subject)) or ("",)


def bounded(text: str) -> str:
    """Cut what a model is told of one call; the beginning and the end are kept."""
    over = len(text) - MOST_RESULT_CHARS
    if over <= 0:
        return text
    half = MOST_RESULT_CHARS // 2
    return f"{text[:half]}\n\n... [{over} characters left out] ...\n\n{text[-half:]}"
