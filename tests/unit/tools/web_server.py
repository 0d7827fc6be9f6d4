"""A web of the tests' own: made-up public names and addresses that lead to a server of this machine."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from goflow.tools.base import CallRules, ToolContext
from goflow.tools.web import fetch_tool
from goflow.tools.web_internet import Internet
from tests.unit.tools.file_contexts import NoPorts

PUBLIC = "93.184.216.34"
HOST = "pages.example.org"
HTML = {"content-type": "text/html"}


@dataclass(frozen=True)
class Asked:
    """A request, and where its answer goes."""

    target: str
    headers: Mapping[str, str]
    writer: asyncio.StreamWriter


Serve = Callable[[Asked], Awaitable[None]]


@dataclass
class World:
    """What a test sees: where the names lead, what was connected to, and what the server was asked."""

    port: int
    names: dict[str, Sequence[str]] = field(default_factory=lambda: {HOST: [PUBLIC]})
    proxy: str | None = None
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    looked_up: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, target: str = "/", host: str = HOST) -> str:
        return f"http://{host}:{self.port}{target}"

    def internet(self, total_s: float = 30.0) -> Internet:
        return Internet(
            resolve=self._resolve,
            place=self._place,
            proxy_for=lambda *_: self.proxy,
            trust=lambda: self.trust,
            total_s=total_s,
        )

    async def _resolve(self, name: str) -> Sequence[str]:
        self.looked_up.append(name)
        return self.names[name]

    def _place(self, address: str) -> str:
        self.places.append(address)
        return "127.0.0.1"

    async def fetch(self, *urls: str, total_s: float = 30.0, rules: CallRules | None = None) -> str:
        tool = fetch_tool(self.internet(total_s))
        given = {"url": urls[0]} if len(urls) == 1 else {"urls": list(urls)}
        return await tool.use(tool.read(given), context(rules))


class Everything:
    """Rules that deny nothing."""

    def hides(self, path: str) -> bool:
        return False

    def may_fetch(self, url: str) -> bool:
        return True


def context(rules: CallRules | None = None) -> ToolContext:
    return ToolContext(workspace="/nowhere", environ={}, ports=NoPorts(), rules=rules or Everything())


async def send(asked: Asked, body: bytes = b"", status: int = 200, **headers: str) -> None:
    """Answer in one piece."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    asked.writer.write(head(status, {"content-length": str(len(body)), **named}) + body)
    await asked.writer.drain()


def head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def page(body: str | bytes, status: int = 200, **headers: str) -> Serve:
    """Return a server that answers everything with one page."""
    data = body.encode() if isinstance(body, str) else body

    async def serve(asked: Asked) -> None:
        await send(asked, data, status, **{"content_type": "text/html", **headers})

    return serve


def site(pages: Mapping[str, bytes | str]) -> Serve:
    """Return a server of pages by their targets; a text is where to go on, the rest are not found."""

    async def serve(asked: Asked) -> None:
        match pages.get(asked.target):
            case str() as location:
                await send(asked, status=302, location=location, set_cookie="seen=1")
            case bytes() as body:
                await send(asked, body, content_type="text/plain")
            case None:
                await send(asked, b"nothing here", status=404, content_type="text/plain")

    return serve


@asynccontextmanager
async def world(serve: Serve, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[World]:
    """Serve on a free port of this machine, and end without leaving a connection."""
    seen: list[World] = []
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        made = seen[0]
        try:
            asked = await _read(reader, writer)
            made.asked.append(asked)
            made.is_asked.set()
            await serve(asked)
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            made.gone.set()
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    seen.append(World(port=server.sockets[0].getsockname()[1]))
    try:
        yield seen[0]
    finally:
        server.close()
        await asyncio.gather(*tasks)


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Asked:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
    return Asked(target=lines[0].split(" ")[1], headers=headers, writer=writer)
