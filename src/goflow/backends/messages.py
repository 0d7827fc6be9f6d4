"""Between journaled facts and a model's messages: what was said so far, and what is told next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, assert_never

from pydantic_ai.messages import (
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    ToolReturnPart,
    UserPromptPart,
)

from goflow.backends.attached import parts_of
from goflow.backends.schema_words import wanted_in_prompt
from goflow.events import AnswerRefused, ToolReturned, TurnTaken
from goflow.tools.base import ToolCall
from goflow.values import dataclass

if TYPE_CHECKING:
    from pydantic_ai.messages import (
        ModelMessage,
        ModelRequestPart,
        ToolCallPart,
        UserContent,
    )

    from goflow.backends.base import Request

FINAL_ANSWER: Final = "final_answer"
"""The tool whose arguments are the answer, where a model has no other way to keep to a schema."""


def encode(response: ModelResponse) -> str:
    """Return a model's message as the journal keeps it."""
    return ModelMessagesTypeAdapter.dump_json([response]).decode()


def decode(message: str) -> ModelResponse:
    """Return a model's message that the journal has kept."""
    (response,) = ModelMessagesTypeAdapter.validate_json(message)
    if not isinstance(response, ModelResponse):
        raise TypeError(f"a journaled turn is a {type(response).__name__}")
    return response


def opening(request: Request) -> ModelRequest:
    """Return the first message: the prompt, with what is attached to it before it."""
    content: str | list[UserContent] = request.prompt
    if request.attachments:
        content = [part for file in request.attachments for part in parts_of(file)] + [request.prompt]
    parts = (request.system, wanted_in_prompt(request.output_schema))
    instructions = "\n\n".join(part for part in parts if part)
    return ModelRequest(parts=[UserPromptPart(content=content)], instructions=instructions or None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """A conversation as it stood: its messages, and the results of the calls of the last of them."""

    messages: list[ModelMessage]
    results: dict[str, ToolReturned]


def restored(request: Request) -> SoFar:
    """Return what was said so far; a last turn of calls stands at the end, without what it was told."""
    messages: list[ModelMessage] = [opening(request)]
    results: dict[str, ToolReturned] = {}
    for fact in request.so_far:
        match fact:
            case ToolReturned():
                results[fact.call_id] = fact
            case TurnTaken():
                tell_results(messages, results)
                messages.append(decode(fact.message))
            case AnswerRefused():
                tell_results(messages, results)
                response = decode(fact.message)
                messages += [response, ModelRequest(parts=[refused(response, fact.complaint)])]
            case _ as unreachable:
                assert_never(unreachable)
    return SoFar(messages=messages, results=results)


def tell_results(messages: list[ModelMessage], results: dict[str, ToolReturned]) -> None:
    """Add the results of the last turn's calls, in the order of the calls, and forget them."""
    last = messages[-1]
    if isinstance(last, ModelResponse):
        calls = dict.fromkeys(call.tool_call_id for call in last.tool_calls)
        parts = [returned(results[call]) for call in calls if call in results]
        messages.append(ModelRequest(parts=parts))
    results.clear()


def returned(fact: ToolReturned) -> ToolReturnPart:
    """Return what the model is told of a call."""
    outcome: Literal["failed", "success"] = "failed" if fact.is_error else "success"
    return ToolReturnPart(
        tool_name=fact.tool, content=fact.result, tool_call_id=fact.call_id, outcome=outcome
    )


def refused(response: ModelResponse, complaint: str) -> ModelRequestPart:
    """Return the complaint about an answer, in the way that the answer was given."""
    final = final_call(response)
    if final is None:
        return UserPromptPart(content=complaint)
    return ToolReturnPart(
        tool_name=final.tool_name, content=complaint, tool_call_id=final.tool_call_id, outcome="failed"
    )


def final_call(response: ModelResponse) -> ToolCallPart | None:
    """Return the call that is the answer."""
    return next((call for call in response.tool_calls if call.tool_name == FINAL_ANSWER), None)


def calls_in(message: ModelMessage) -> list[ToolCall]:
    """Return the calls of tools that a message asks for; of several with one id, the first alone."""
    if not isinstance(message, ModelResponse):
        return []
    found = [
        ToolCall(id=call.tool_call_id, name=call.tool_name, arguments=written_arguments(call))
        for call in message.tool_calls
        if call.tool_name != FINAL_ANSWER
    ]
    first = {call.id: call for call in reversed(found)}
    return [first[call_id] for call_id in dict.fromkeys(call.id for call in found)]


def written_arguments(call: ToolCallPart) -> str:
    """Return the arguments as the model wrote them, JSON or not."""
    return call.args if isinstance(call.args, str) else call.args_as_json_str()
