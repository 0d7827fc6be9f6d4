"""A small HTTP server in the place of a provider: it keeps what it received, and answers as it is told."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

JSON = {"content-type": "application/json"}
EVENTS = {"content-type": "text/event-stream"}


@dataclass(frozen=True, kw_only=True)
class Received:
    target: str
    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What is sent back; one that `hangs` sends its pieces, then nothing until the client is gone."""

    pieces: tuple[bytes, ...]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    hangs: bool = False


def chat(text: str | None = "an answer", *, finish: str = "stop", model: str = "m", **usage: object) -> Reply:
    """Answer as OpenAI's Chat Completions do, in one piece."""
    counts = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10} | usage
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    body = {"id": "chat-1", "object": "chat.completion", "created": 1_700_000_000, "model": model}
    return whole(body | {"choices": [choice], "usage": counts})


def calls(*called: tuple[str, str, dict[str, Any]], text: str | None = None) -> Reply:
    """Answer with calls of tools as OpenAI's Chat Completions do: an id, a name and arguments each."""
    made = [
        {"id": call_id, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for call_id, name, arguments in called
    ]
    message = {"role": "assistant", "content": text, "tool_calls": made}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    counts = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    body = {"id": "chat-1", "object": "chat.completion", "created": 1_700_000_000, "model": "m"}
    return whole(body | {"choices": [choice], "usage": counts})


def whole(body: object, *, status: int = 200, **headers: str) -> Reply:
    """Answer with a JSON body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(pieces=(json.dumps(body).encode(),), status=status, headers=JSON | named)


def chat_stream(*texts: str, finish: str | None = "stop", hangs: bool = False) -> Reply:
    """Answer as OpenAI's Chat Completions do, in pieces; without a `finish` it ends as if cut off."""
    deltas: list[tuple[dict[str, str], str | None]] = [({"content": text}, None) for text in texts]
    deltas += [({}, finish)] if finish else []
    pieces = [_chunk({"index": 0, "delta": delta, "finish_reason": end}) for delta, end in deltas]
    ending = (b"data: [DONE]\n\n",) if finish else ()
    return Reply(pieces=(*pieces, *ending), headers=EVENTS, hangs=hangs)


def _chunk(choice: object) -> bytes:
    body = {"id": "chat-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "m"}
    return b"data: " + json.dumps(body | {"choices": [choice]}).encode() + b"\n\n"


def responses(text: str = "an answer") -> Reply:
    """Answer as OpenAI's Responses do, in one piece."""
    part = {"type": "output_text", "text": text, "annotations": []}
    message = {
        "type": "message",
        "id": "msg-1",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }
    counts = {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10}
    details = {"input_tokens_details": {"cached_tokens": 2}, "output_tokens_details": {"reasoning_tokens": 1}}
    body = {"id": "resp-1", "object": "response", "created_at": 1_700_000_000, "status": "completed"}
    rest = {
        "model": "m",
        "output": [message],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
    return whole(body | rest | {"usage": counts | details})


def anthropic(request: Received, text: str = "an answer") -> Reply:
    """Answer as Anthropic's Messages do: in pieces where that was asked for."""
    counts = {"input_tokens": 7, "output_tokens": 3, "cache_read_input_tokens": 2}
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    message = {"id": "msg-1", "type": "message", "role": "assistant", "model": request.body["model"]}
    if not request.body.get("stream"):
        return whole(message | end | {"content": [{"type": "text", "text": text}], "usage": counts})
    events: list[dict[str, object]] = [
        {"type": "message_start", "message": message | {"content": [], "usage": counts}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": end, "usage": counts},
        {"type": "message_stop"},
    ]
    pieces = tuple(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)
    return Reply(pieces=pieces, headers=EVENTS)


@dataclass(kw_only=True)
class ModelServer:
    """What a test sees: `reply` is what is answered next, `gone` is set when a client hangs up.

    `barrier` holds answers until so many requests are there; `pause_s` stands between pieces.
    """

    url: str = ""
    reply: Reply | Callable[[Received], Reply | Awaitable[Reply]] = field(default_factory=chat)
    received: list[Received] = field(default_factory=list)
    has_request: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0
    barrier: asyncio.Barrier | None = None
    pause_s: float = 0.0

    @property
    def last(self) -> Received:
        return self.received[-1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                request = await _read(reader)
                self.received.append(request)
                said = self.reply(request) if callable(self.reply) else self.reply
                reply = said if isinstance(said, Reply) else await said
                if self.barrier:
                    await self.barrier.wait()
                await self._send(writer, reply)
                self.has_request.set()
                if reply.hangs:
                    await reader.read()
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.gone.set()
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, reply: Reply) -> None:
        """Send in chunks, so that a reply that hangs has no end."""
        named = (f"{name}: {value}" for name, value in reply.headers.items())
        lines = [f"HTTP/1.1 {reply.status} Said", *named]
        writer.write("\r\n".join([*lines, "transfer-encoding: chunked", "", ""]).encode())
        for piece in filter(None, reply.pieces):
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
            await asyncio.sleep(self.pause_s)
        if not reply.hangs:
            writer.write(b"0\r\n\r\n")
            await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(target=head[0].split(" ")[1], headers=headers, body=json.loads(body or b"{}"))


@asynccontextmanager
async def model_server(
    reply: Reply | Callable[[Received], Reply | Awaitable[Reply]] | None = None,
    *,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[ModelServer]:
    """Serve on a free port of this machine, and end without leaving a connection."""
    stand_in = ModelServer(reply=reply or chat())
    served: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        served[task] = writer
        await stand_in.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls, backlog=2048)
    scheme, port = ("https" if tls else "http"), server.sockets[0].getsockname()[1]
    stand_in.url = f"{scheme}://127.0.0.1:{port}"
    try:
        yield stand_in
    finally:
        server.close()
        for writer in served.values():
            writer.close()
        await asyncio.gather(*served)
