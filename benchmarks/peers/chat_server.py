"""Serve OpenAI Chat Completions on a free port, and report what was asked when.

It prints its port, serves until its standard input ends, then prints one JSON object: `requests` (step,
arrived, finished: seconds of one clock) and `most_open` (requests open at once). A prompt says `step=NAME
delay=SECONDS`; the server sleeps as long. `--gather N` makes every streamed answer wait after its first
words until N are open.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import resource
import sys
from dataclasses import dataclass, field
from typing import Any

WISH = re.compile(r"step=(?P<step>\S+) delay=(?P<delay>[0-9.]+)")
WORDS = "the quick brown fox jumps over the lazy dog and goes on "
CHUNKS = 6
GATHER_WITHIN_S = 90.0


@dataclass(slots=True, kw_only=True)
class Record:
    """What the server saw; it lives on the server's one event loop."""

    gather: int
    requests: list[dict[str, object]] = field(default_factory=list)
    open_now: int = 0
    most_open: int = 0
    gathered: asyncio.Event = field(default_factory=asyncio.Event)


class Connection(asyncio.Protocol):
    """One keep-alive connection, one request at a time."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.buffer = b""
        self.answering: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, _exc: Exception | None) -> None:
        if self.answering:
            self.answering.cancel()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        size = int(length[1]) if length else 0
        if len(rest) >= size:
            self.buffer = rest[size:]
            self.answering = asyncio.ensure_future(self.answer(json.loads(rest[:size])))

    async def answer(self, body: dict[str, Any]) -> None:
        """Sleep as the prompt asks, answer, and note both ends."""
        clock, record = asyncio.get_running_loop().time, self.record
        arrived = clock()
        wish = WISH.search(json.dumps(body["messages"][-1]["content"]))
        step, delay = (wish["step"], float(wish["delay"])) if wish else ("?", 0.0)
        record.open_now += 1
        record.most_open = max(record.most_open, record.open_now)
        if record.open_now >= record.gather:
            record.gathered.set()
        try:
            await asyncio.sleep(delay)
            await (self.stream(body) if body.get("stream") else self.whole(body))
        finally:
            record.open_now -= 1
        record.requests.append({"step": step, "arrived": arrived, "finished": clock()})

    async def whole(self, body: dict[str, Any]) -> None:
        """Answer in one piece."""
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": WORDS.strip()},
            "finish_reason": "stop",
        }
        data = json.dumps(envelope(body, "chat.completion", [choice]) | {"usage": USAGE}).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
        self.write(head.encode() + data)

    async def stream(self, body: dict[str, Any]) -> None:
        """Answer in chunks; after the first, wait until enough others are open."""
        self.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        for number in range(CHUNKS):
            delta = {"content": WORDS} | ({"role": "assistant"} if number == 0 else {})
            self.send(body, [{"index": 0, "delta": delta, "finish_reason": None}])
            if number == 0:
                await self.wait_for_the_others()
            await asyncio.sleep(0.05)
        self.send(body, [{"index": 0, "delta": {}, "finish_reason": "stop"}])
        if (body.get("stream_options") or {}).get("include_usage"):
            self.send(body, [], usage=USAGE)
        self.write(chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")

    async def wait_for_the_others(self) -> None:
        """Wait until enough are open; if they never are, go on: `most_open` will tell."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.record.gathered.wait(), GATHER_WITHIN_S)
        self.record.gathered.set()

    def send(self, body: dict[str, Any], choices: list[dict[str, Any]], **more: object) -> None:
        """Write one server-sent event."""
        event = envelope(body, "chat.completion.chunk", choices) | more
        self.write(chunk(b"data: " + json.dumps(event).encode() + b"\n\n"))

    def write(self, data: bytes) -> None:
        """Write to the connection."""
        assert isinstance(self.transport, asyncio.WriteTransport)
        self.transport.write(data)


USAGE = {"prompt_tokens": 20, "completion_tokens": 12, "total_tokens": 32}


def envelope(body: dict[str, Any], kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
    """Make what is around the choices."""
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": body["model"], "choices": choices}


def chunk(data: bytes) -> bytes:
    """Frame data for the chunked transfer coding."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def allow_many_sockets() -> None:
    """Raise this process's own limit: a thousand clients need more than the usual 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8192 if most == resource.RLIM_INFINITY else min(most, 8192)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


async def serve(gather: int) -> None:
    """Serve until standard input ends."""
    record = Record(gather=gather)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(record), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps({"requests": record.requests, "most_open": record.most_open}), flush=True)


if __name__ == "__main__":
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--gather", type=int, default=0)
    allow_many_sockets()
    asyncio.run(serve(flags.parse_args().gather))
