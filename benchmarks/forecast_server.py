"""Serve OpenAI Chat Completions on a free port, as slow and as long as each prompt asks.

It prints its port and serves until its standard input ends. A prompt says `delay=SECONDS in=N out=N`.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys

WISH = re.compile(rb"delay=([0-9.]+) in=(\d+) out=(\d+)")
LENGTH = re.compile(rb"(?i)content-length: *(\d+)")


async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of a connection one after the other."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = LENGTH.search(head)
            body = await reader.readexactly(int(length[1]) if length else 0)
            wish = WISH.search(body)
            assert wish, body
            await asyncio.sleep(float(wish[1]))
            answer = answer_of(json.loads(body)["model"], int(wish[2]), int(wish[3]))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
            writer.write(f"content-length: {len(answer)}\r\n\r\n".encode() + answer)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def answer_of(model: str, tokens_in: int, tokens_out: int) -> bytes:
    """Make an answer that says how many tokens it took."""
    message = {"role": "assistant", "content": "done"}
    usage = {
        "prompt_tokens": tokens_in,
        "completion_tokens": tokens_out,
        "total_tokens": tokens_in + tokens_out,
    }
    answer = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": usage,
    }
    return json.dumps(answer).encode()


async def serve() -> None:
    """Serve until standard input ends."""
    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
