"""The benchmark's own chat server as a process, for as long as a `with` block lasts."""

from __future__ import annotations

import contextlib
import json
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from benchmarks.processes import HERE, PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterator


class Request(TypedDict):
    """When one request came and when its answer had gone, on the server's clock."""

    step: str
    arrived: float
    finished: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the server saw."""

    requests: list[Request]
    most_open: int


@dataclass(slots=True, kw_only=True)
class Server:
    """A server that is or was up; its report is there when it has ended."""

    port: int
    said: str = field(default="")

    def config(self) -> dict[str, object]:
        """Make the `config` of a workflow that talks to this server."""
        base_url = f"http://127.0.0.1:{self.port}/v1"
        return {"model": "bench", "provider": {"type": "openai", "base_url": base_url, "api_key_env": ""}}

    def report(self) -> Report:
        """Read what the server said at its end."""
        return Report(**json.loads(self.said))


@contextlib.contextmanager
def serving(*flags: str) -> Iterator[Server]:
    """Start the server, and stop it at the end of the block."""
    argv = [PYTHON, "-I", str(HERE / "peers" / "chat_server.py"), *flags]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        server = Server(port=int(process.stdout.readline()))
        try:
            yield server
        finally:
            server.said, _ = process.communicate()
