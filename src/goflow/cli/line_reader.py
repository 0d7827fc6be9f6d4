"""Lines from a terminal or a pipe, read only while somebody waits for one."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress
from typing import Final

_CHUNK_BYTES: Final = 65536


class LineReader:
    """Reads a descriptor line by line.

    A wait that is cancelled loses nothing, and none keeps the process alive.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._bytes = b""
        self._in_thread: asyncio.Future[bytes] | None = None

    async def next_line(self) -> str | None:
        """Return the next line without its end; None at the end of the input."""
        while b"\n" not in self._bytes:
            chunk = await self._read()
            if not chunk:
                return self._last_line()
            self._bytes += chunk
        line, _, self._bytes = self._bytes.partition(b"\n")
        return _decode(line)

    def forget(self) -> None:
        """Drop what has been read or typed and not been asked for."""
        self._bytes = b""
        try:
            import termios
        except ImportError:
            return
        with suppress(termios.error):  # a terminal that was hung up
            termios.tcflush(self._descriptor, termios.TCIFLUSH)

    def _last_line(self) -> str | None:
        line, self._bytes = self._bytes, b""
        return _decode(line) if line else None

    async def _read(self) -> bytes:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        try:
            loop.add_reader(self._descriptor, _wake, ready)
        except (NotImplementedError, OSError, ValueError):
            # A plain file, or a system whose loop only knows sockets.
            return await self._read_in_thread(loop)
        try:
            await ready
        finally:
            loop.remove_reader(self._descriptor)
        return self._read_now()

    async def _read_in_thread(self, loop: asyncio.AbstractEventLoop) -> bytes:
        if self._in_thread is None:
            self._in_thread = loop.create_future()
            threading.Thread(target=self._fill, args=(loop, self._in_thread), daemon=True).start()
        chunk = await asyncio.shield(self._in_thread)
        self._in_thread = None
        return chunk

    def _fill(self, loop: asyncio.AbstractEventLoop, chunk: asyncio.Future[bytes]) -> None:
        found = self._read_now()
        with suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(chunk.set_result, found)

    def _read_now(self) -> bytes:
        try:
            return os.read(self._descriptor, _CHUNK_BYTES)
        except OSError:  # a terminal that was hung up
            return b""


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _decode(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "replace")
