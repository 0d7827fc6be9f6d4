"""What everybody who watches a subprocess needs."""

from __future__ import annotations

import asyncio


def settle(future: asyncio.Future[None]) -> None:
    """Say that it has come to pass, also where that was said before."""
    if not future.done():
        future.set_result(None)


def close_pipe(transport: asyncio.SubprocessTransport, fd: int) -> None:
    """Close this end of a process's pipe, where it has one."""
    pipe = transport.get_pipe_transport(fd)
    if pipe is not None:
        pipe.close()
