from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from goflow.cli.line_reader import LineReader


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)


def test_lines_come_one_by_one_and_the_last_needs_no_end(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.write(writing, "one\r\nzwölf\n\nlast".encode())
    os.close(writing)

    async def read() -> list[str | None]:
        lines = LineReader(reading)
        return [await lines.next_line() for _ in range(5)]

    assert asyncio.run(read()) == ["one", "zwölf", "", "last", None]


def test_a_wait_that_is_cancelled_loses_no_line(pipe: tuple[int, int]) -> None:
    reading, writing = pipe

    async def read() -> list[str | None]:
        lines = LineReader(reading)
        os.write(writing, b"half ")
        waiting = asyncio.create_task(lines.next_line())
        for _ in range(5):  # turns of the loop: start, watch, wake, read
            await asyncio.sleep(0)
        assert lines._bytes == b"half "
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        os.write(writing, b"a line\nanother\n")
        os.close(writing)
        return [await lines.next_line() for _ in range(3)]

    assert asyncio.run(read()) == ["half a line", "another", None]


def test_a_plain_file_is_read_although_the_loop_cannot_watch_it() -> None:
    Path("answers").write_bytes(b"yes\nno\n")
    descriptor = os.open("answers", os.O_RDONLY)

    async def read() -> list[str | None]:
        lines = LineReader(descriptor)
        return [await lines.next_line() for _ in range(3)]

    try:
        assert asyncio.run(read()) == ["yes", "no", None]
    finally:
        os.close(descriptor)


def test_a_hung_up_descriptor_is_at_its_end(pipe: tuple[int, int]) -> None:
    descriptor = os.open(".", os.O_RDONLY)  # reading a folder fails, as reading a dead terminal does

    async def read() -> str | None:
        return await LineReader(descriptor).next_line()

    try:
        assert asyncio.run(read()) is None
    finally:
        os.close(descriptor)
        os.close(pipe[1])
