"""A scripted model behind real HTTP, for whole processes: its server has a thread and a loop of its own."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, TypeAlias

from tests.model_server import EVENTS, ModelServer, Received, Reply, model_server

KEY: Final = "sk-canary-of-the-environment"
KEY_VARIABLE: Final = "SCRIPTED_KEY"
LONGEST_S: Final = 40.0
MEMORY_ENDS: Final = "--- End Shared Memory ---\n\n"

Said: TypeAlias = Reply | Awaitable[Reply]
Turn: TypeAlias = Reply | Callable[[Received], Said]
"""What is said in one turn of a conversation, perhaps depending on what was heard."""


def step_of(request: Received) -> str:
    """Return the step that asks: the prompts of scripted workflows begin with `STEP: `."""
    first = next(message for message in request.body["messages"] if message["role"] == "user")
    prompt: str = first["content"]
    return prompt.rpartition(MEMORY_ENDS)[2].partition(":")[0]


def turn_of(request: Received) -> int:
    """Return which turn of its conversation a request asks for, counted from 0."""
    return sum(message["role"] == "assistant" for message in request.body["messages"])


def told(request: Received) -> list[str]:
    """Return what the model has been told of its calls so far."""
    said = [message["content"] for message in request.body["messages"] if message["role"] == "tool"]
    return [f"error: {json.loads(text)['error']}" if text.startswith('{"error":') else text for text in said]


def is_one_conversation(bodies: Sequence[Mapping[str, Any]]) -> bool:
    """Whether each request is the one before it and what was said since, and nothing else has changed."""
    return all(
        later["messages"][: len(earlier["messages"])] == earlier["messages"]
        and len(later["messages"]) > len(earlier["messages"])
        and {**later, "messages": None} == {**earlier, "messages": None}
        for earlier, later in pairwise(bodies)
    )


@dataclass(frozen=True, kw_only=True)
class Script:
    """What the model says to each step, turn by turn; the same again to a request that is repeated."""

    turns: Mapping[str, Sequence[Turn]]

    def __call__(self, request: Received) -> Said:
        turn = self.turns[step_of(request)][turn_of(request)]
        return turn(request) if callable(turn) else turn


@dataclass
class Gate:
    """Holds answers back until it is opened, in the server's thread."""

    opened: asyncio.Event = field(default_factory=asyncio.Event)
    reached: threading.Event = field(default_factory=threading.Event)

    def wait_until_reached(self) -> None:
        """Return when an answer is being held."""
        assert self.reached.wait(LONGEST_S)

    def opens(self, reply: Reply) -> Turn:
        """Return a turn that opens the gate as soon as it is asked for."""

        def say(_: Received) -> Reply:
            self.opened.set()
            return reply

        return say

    def holds(self, reply: Reply) -> Turn:
        """Return a turn that is said once the gate is open."""
        return lambda _: self.hold(reply)

    async def hold(self, reply: Reply) -> Reply:
        """Say this once the gate is open."""
        self.reached.set()
        async with asyncio.timeout(LONGEST_S):
            await self.opened.wait()
        return reply

    def close(self) -> None:
        """Hold answers again; nothing must be held now."""
        self.reached.clear()
        self.opened.clear()


@dataclass(frozen=True, kw_only=True)
class Scripted:
    """A server that is up."""

    server: ModelServer
    loop: asyncio.AbstractEventLoop

    def release(self, gate: Gate) -> None:
        """Open a gate from outside of the script."""
        self.loop.call_soon_threadsafe(gate.opened.set)

    @property
    def provider(self) -> str:
        """Return the provider, as a workflow's `config` writes it."""
        return f'{{type: openai, base_url: "{self.server.url}/v1", api_key_env: {KEY_VARIABLE}}}'

    @property
    def asked(self) -> Counter[tuple[str, int]]:
        """Return how often each turn of each step was asked for."""
        return Counter((step_of(request), turn_of(request)) for request in self.server.received)

    def bodies(self, step: str) -> list[dict[str, Any]]:
        """Return what was sent for a step, in order."""
        return [request.body for request in self.server.received if step_of(request) == step]

    def told(self, step: str) -> list[str]:
        """Return what the model was told of all calls of a step."""
        return told([request for request in self.server.received if step_of(request) == step][-1])


@contextmanager
def scripted_server(say: Callable[[Received], Said]) -> Iterator[Scripted]:
    """Serve while the block runs; what goes wrong in the script is raised at its end."""
    up: Future[tuple[ModelServer, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        stop = asyncio.Event()
        async with model_server(say) as server:
            up.set_result((server, asyncio.get_running_loop(), stop))
            await stop.wait()

    with ThreadPoolExecutor(1) as thread:
        serving = thread.submit(asyncio.run, serve())
        server, loop, stop = up.result(timeout=10)
        try:
            yield Scripted(server=server, loop=loop)
        finally:
            loop.call_soon_threadsafe(stop.set)
            serving.result(timeout=LONGEST_S)


def streamed(reply: Reply, *, size: int = 7) -> Reply:
    """Say the same in pieces of so many characters, as OpenAI's Chat Completions stream it."""
    body = json.loads(b"".join(reply.pieces))
    choice = body["choices"][0]
    message = choice["message"]
    deltas: list[dict[str, Any]] = [{"content": text} for text in cut(message["content"] or "", size)]
    for index, call in enumerate(message.get("tool_calls", ())):
        deltas.extend(_call_deltas(index, call, size))
    ends = [*((delta, None) for delta in deltas), ({}, choice["finish_reason"])]
    kept = {name: body[name] for name in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    events = [kept | {"choices": [{"index": 0, "delta": delta, "finish_reason": end}]} for delta, end in ends]
    lines = tuple(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    return Reply(pieces=(*lines, b"data: [DONE]\n\n"), headers=EVENTS)


def _call_deltas(index: int, call: Mapping[str, Any], size: int) -> Iterator[dict[str, Any]]:
    function = {"name": call["function"]["name"], "arguments": ""}
    yield {"tool_calls": [{"index": index, "id": call["id"], "type": "function", "function": function}]}
    for text in cut(call["function"]["arguments"], size):
        yield {"tool_calls": [{"index": index, "function": {"arguments": text}}]}


def cut(text: str, size: int) -> list[str]:
    """Return a text in pieces."""
    return [text[start : start + size] for start in range(0, len(text), size)]
